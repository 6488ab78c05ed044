import {
  type KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  ListWatch,
  Watch,
} from "@kubernetes/client-node";
import { httpStatus } from "./api-errors.ts";

/** One kind of object in one place of the API, listed once and then watched. */
export interface WatchedKind {
  /** Path of the collection. */
  readonly path: string;
  readonly list: () => Promise<KubernetesListObject<KubernetesObject>>;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly onObject: (object: unknown) => void;
  readonly onDeleted?: (object: unknown) => void;
  /** The first list was read, or cannot be and `optional` is set. */
  readonly onListed: () => void;
  /** Not reading it (no such API, no permission) only makes the picture poorer. */
  readonly optional?: boolean;
  /** It stopped for good. */
  readonly onFailed: (error: unknown) => void;
}

const RETRY_MILLIS = 1000;
const RETRIES = 15;

/** Starts watching; the result stops it. A lost connection is taken up again for about 15 seconds. */
export function watchKind(kubeConfig: KubeConfig, kind: WatchedKind): () => void {
  let failures = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const list = async () => {
    const items = await kind.list();
    failures = 0;
    // The informer hands the items over in the same turn; only then is the picture whole.
    setImmediate(() => stopped || kind.onListed());
    return items;
  };
  const watch = new StoppableWatch(kubeConfig, () => stopped);
  const informer = new ListWatch(kind.path, watch, list, false, kind.labelSelector, kind.fieldSelector);
  informer.on("add", kind.onObject);
  informer.on("update", kind.onObject);
  if (kind.onDeleted) informer.on("delete", kind.onDeleted);
  informer.on("error", (error: unknown) => {
    if (stopped) return;
    failures += 1;
    const refused = [401, 403, 404].includes(httpStatus(error) ?? 0);
    if (!refused && failures <= RETRIES) {
      timer = setTimeout(() => void informer.start(), RETRY_MILLIS);
      return;
    }
    stopped = true;
    if (kind.optional) kind.onListed();
    else kind.onFailed(error);
  });
  void informer.start();
  return () => {
    stopped = true;
    clearTimeout(timer);
    void informer.stop();
  };
}

/** The informer forgets to end a watch that was being opened when it was stopped; it would keep the process for half a minute. */
class StoppableWatch extends Watch {
  readonly #stopped: () => boolean;

  constructor(kubeConfig: KubeConfig, stopped: () => boolean) {
    super(kubeConfig);
    this.#stopped = stopped;
  }

  override async watch(...args: Parameters<Watch["watch"]>): Promise<AbortController> {
    const request = await super.watch(...args);
    if (this.#stopped()) request.abort();
    return request;
  }
}
