import type { Resource } from "../../../policies/verdict/resource.ts";
import type { Evidence, ReleaseManifest, Stage } from "../../../submission/spec/release/index.ts";
import type { Signer } from "./release-fixture.ts";

/** Releases, good and bad, and what is to be said of each. Data only: every gate, in whatever language, must agree with it. */
export interface Case {
  readonly title: string;
  /** Default: `prod`, which has to pass all gates. */
  readonly stage?: Stage;
  /** Before it is signed. */
  readonly evidence?: (evidence: Loose<Evidence>) => void;
  readonly manifest?: (manifest: Loose<ReleaseManifest>) => void;
  /** After it is signed. */
  readonly token?: (token: string) => string;
  readonly resource?: (resource: Loose<Resource>) => void;
  /** Signs it in a way of its own. */
  readonly signed?: (evidence: Loose<Evidence>, signer: Signer) => Promise<string>;
  /** Who signs. Default: the key of the environment. */
  readonly signer?: "another key" | "another key of the same name";
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Rule -> part of its message, for every rule that refuses; nothing: it is let through. */
  readonly refused: Readonly<Record<string, string>>;
}

/** As a JSON file may be, whatever its schema says. */
// biome-ignore lint/suspicious/noExplicitAny: what is tested is what has the wrong type
export type Loose<_> = any;

/** What each of these rules says. */
export const all = (rules: readonly string[], part: string) => Object.fromEntries(rules.map((rule) => [rule, part]));
