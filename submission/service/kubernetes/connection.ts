import {
  type ConfigurationOptions,
  type KubeConfig,
  Observable,
  type RequestContext,
  type ResponseContext,
} from "@kubernetes/client-node";

type Dispatcher = NonNullable<ReturnType<RequestContext["getDispatcher"]>>;

export interface RequestSettings {
  /** Sent as it is, in place of the call's own `body`. */
  readonly body?: string;
  /** What comes back: all of it (default), or only the metadata of one object or of a list of them. */
  readonly answer?: "all" | keyof typeof METADATA_ONLY;
  /** Default: 10,000. */
  readonly timeoutMillis?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const METADATA_ONLY = {
  metadata: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
  "list of metadata": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
} as const;
/** Certificates on disk are renewed; nobody needs to notice within minutes. */
const RENEWED_AFTER_MILLIS = 600_000;

/**
 * Connections to the API server that are kept open. The client makes a new set for each request, and with it a TCP and a TLS
 * handshake; here the first request's set serves the next ones.
 */
export class Connection {
  readonly kubeConfig: KubeConfig;
  #dispatcher: Dispatcher | undefined;
  #since = 0;

  constructor(kubeConfig: KubeConfig) {
    this.kubeConfig = kubeConfig;
  }

  /** The second argument of any call of the client. */
  request({ body, answer = "all", timeoutMillis = 10_000, headers = {} }: RequestSettings = {}): ConfigurationOptions {
    const pre = (context: RequestContext): Observable<RequestContext> => {
      this.#share(context);
      context.setSignal(AbortSignal.timeout(timeoutMillis));
      if (body !== undefined) context.setBody(body);
      if (answer !== "all") context.setHeaderParam("Accept", METADATA_ONLY[answer]);
      for (const [name, value] of Object.entries(headers)) context.setHeaderParam(name, value);
      return new Observable(Promise.resolve(context));
    };
    const post = (context: ResponseContext) => new Observable(Promise.resolve(context));
    return { middleware: [{ pre, post }], middlewareMergeStrategy: "append" };
  }

  #share(context: RequestContext): void {
    const own = context.getDispatcher();
    if (own === undefined) return;
    if (this.#dispatcher === undefined || performance.now() - this.#since > RENEWED_AFTER_MILLIS) {
      // What is under way on it ends first.
      void this.#dispatcher?.close();
      this.#dispatcher = own;
      this.#since = performance.now();
    } else {
      context.setDispatcher(this.#dispatcher);
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher?.close();
    this.#dispatcher = undefined;
  }
}
