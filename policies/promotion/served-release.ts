import type { z } from "zod";
import {
  EVIDENCE_ANNOTATION,
  evidence,
  RELEASE_ANNOTATION,
  type ReleaseManifest,
  readEvidence,
  readPlainJson,
  releaseManifest,
} from "../../submission/spec/release/index.ts";
import { isProps, NotDecided, UNKNOWN, valueAt } from "../verdict/known.ts";
import type { Resource } from "../verdict/resource.ts";
import { Unreadable } from "../verdict/rule.ts";

type Section = keyof typeof evidence.shape;

/**
 * A resource that serves a release, and what the release says. Whoever asks it for what is not known, missing or malformed does not
 * get an answer but an error, which is a finding: no rule can take it for good by oversight.
 */
export class ServedRelease {
  readonly resource: Resource;

  constructor(resource: Resource) {
    this.resource = resource;
  }

  /** @throws NotDecided, Unreadable */
  get manifest(): ReleaseManifest {
    const parsed = releaseManifest.safeParse(this.#json(RELEASE_ANNOTATION));
    if (parsed.success) return parsed.data;
    throw new Unreadable(problems(`annotation ${RELEASE_ANNOTATION}`, parsed.error));
  }

  /**
   * The signed evidence as text.
   *
   * @throws NotDecided, Unreadable
   */
  get token(): string {
    const token = this.#annotation(EVIDENCE_ANNOTATION);
    if (token === undefined) throw new Unreadable([`has no evidence: there is no annotation ${EVIDENCE_ANNOTATION}`]);
    return token;
  }

  /** What the evidence says, signed or not: whether it is to be believed is a rule of its own. */
  get evidence(): Readonly<Record<string, unknown>> {
    const content = readEvidence(this.token);
    if (content === undefined)
      throw new Unreadable(["has evidence that cannot be read: it is no JWS of a JSON object, written plainly"]);
    return content;
  }

  /** @throws NotDecided, Unreadable */
  section<Name extends Section>(name: Name): z.output<(typeof evidence.shape)[Name]> {
    const value = this.evidence[name];
    if (value === undefined) throw new Unreadable([`has evidence without ${name}`]);
    const parsed = evidence.shape[name].safeParse(value);
    if (parsed.success) return parsed.data as z.output<(typeof evidence.shape)[Name]>;
    throw new Unreadable(problems(`evidence ${name}`, parsed.error, value));
  }

  #annotation(name: string): string | undefined {
    const value = valueAt(this.resource.props, "metadata", "annotations", name);
    if (value === UNKNOWN) throw new NotDecided(`annotation ${name}`);
    return typeof value === "string" ? value : undefined;
  }

  #json(name: string): unknown {
    const text = this.#annotation(name);
    if (text === undefined) throw new Unreadable([`has no annotation ${name}`]);
    const read = readPlainJson(text);
    if (read === undefined) throw new Unreadable([`has an annotation ${name} that is not JSON, written plainly`]);
    return read.value;
  }
}

/** Where there is a name, a list's element is called by it: `metrics.sharpe.value`, not `metrics.0.value`. */
function problems(what: string, { issues }: z.ZodError, value?: unknown): string[] {
  return issues.map((issue) => {
    const [first, ...rest] = issue.path;
    const element = Array.isArray(value) && typeof first === "number" ? value[first] : undefined;
    const name = isProps(element) && typeof element.name === "string" ? element.name : first;
    const path = issue.path.length === 0 ? "" : `.${[name, ...rest].map(String).join(".")}`;
    const message = issue.code === "unrecognized_keys" ? `has no field ${issue.keys.join(", ")}` : issue.message;
    return `has a mistake in its ${what}${path}: it ${message}`;
  });
}
