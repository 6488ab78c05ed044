import { hash } from "node:crypto";
import {
  AuthenticationV1Api,
  AuthorizationV1Api,
  type ConfigurationOptions,
  type KubeConfig,
} from "@kubernetes/client-node";
import type { Caller } from "../model.ts";
import { Unavailable } from "../unavailable.ts";
import { type Access, SUBMISSIONS, type Verb } from "./access.ts";
import { Remembered } from "./remembered.ts";

export interface KubernetesAccessOptions {
  /** Connections to the API server, kept open. */
  readonly connection: { readonly kubeConfig: KubeConfig; request(): ConfigurationOptions };
  /** How long an answer holds, in milliseconds: a token that was taken away or a right that was lost works that much longer. Default: 10,000. */
  readonly holdsForMillis?: number;
  /** Audiences a token must have been made for. Default: the API server's own. */
  readonly audiences?: readonly string[];
}

/** Tokens and rights whose answers are remembered. */
const MOST_REMEMBERED = 10_000;
/** A token that is none stays none, but may have been sent a moment too early. */
const REFUSED_HOLDS_MILLIS = 2_000;
/** Longer ones are not tokens: service account tokens have about 1 KiB, those of identity providers a few. */
const LONGEST_TOKEN = 16_384;

/** Callers are who Kubernetes says they are (TokenReview), and may do what their roles say (SubjectAccessReview). */
export class KubernetesAccess implements Access {
  readonly description = "bearer tokens by TokenReview, rights by SubjectAccessReview";
  readonly #options: KubernetesAccessOptions;
  readonly #authentication: AuthenticationV1Api;
  readonly #authorization: AuthorizationV1Api;
  readonly #callers: Remembered<Caller | undefined>;
  readonly #rights: Remembered<boolean>;

  constructor(options: KubernetesAccessOptions) {
    this.#options = options;
    const { kubeConfig } = options.connection;
    this.#authentication = kubeConfig.makeApiClient(AuthenticationV1Api);
    this.#authorization = kubeConfig.makeApiClient(AuthorizationV1Api);
    const holds = options.holdsForMillis ?? 10_000;
    this.#callers = new Remembered(MOST_REMEMBERED, (caller) => (caller === undefined ? REFUSED_HOLDS_MILLIS : holds));
    this.#rights = new Remembered(MOST_REMEMBERED, (allowed) => (allowed ? holds : REFUSED_HOLDS_MILLIS));
  }

  async identify(token: string | undefined): Promise<Caller | undefined> {
    if (token === undefined || token === "" || token.length > LONGEST_TOKEN) return undefined;
    // Kept by its hash: a memory dump of this process holds no tokens.
    return await this.#callers.get(hash("sha256", token), () => this.#review(token));
  }

  async may(caller: Caller, verb: Verb, namespace: string | undefined): Promise<boolean> {
    const question = JSON.stringify([caller.name, caller.groups, verb, namespace ?? null]);
    return await this.#rights.get(question, () => this.#ask(caller, verb, namespace));
  }

  async #review(token: string): Promise<Caller | undefined> {
    const { audiences, connection } = this.#options;
    try {
      const { status } = await this.#authentication.createTokenReview(
        { body: { spec: { token, ...(audiences === undefined ? {} : { audiences: [...audiences] }) } } },
        connection.request(),
      );
      const name = status?.user?.username;
      if (status?.authenticated !== true || name === undefined || name === "") return undefined;
      return { name, groups: status.user?.groups ?? [] };
    } catch (error) {
      throw away("who the caller is", error);
    }
  }

  async #ask(caller: Caller, verb: Verb, namespace: string | undefined): Promise<boolean> {
    try {
      const { status } = await this.#authorization.createSubjectAccessReview(
        {
          body: {
            spec: {
              user: caller.name,
              groups: [...caller.groups],
              // Without a namespace Kubernetes asks for all.
              resourceAttributes: { ...SUBMISSIONS, verb, ...(namespace === undefined ? {} : { namespace }) },
            },
          },
        },
        this.#options.connection.request(),
      );
      return status?.allowed === true && status.denied !== true;
    } catch (error) {
      throw away("what the caller may do", error);
    }
  }
}

/** Without the cause's own text: it may quote the request. */
const away = (what: string, cause: unknown): Unavailable =>
  new Unavailable("kubernetes", `the API server could not be asked ${what}`, { cause });
