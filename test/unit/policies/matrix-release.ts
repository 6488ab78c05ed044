import type { Resource } from "../../../policies/verdict/resource.ts";
import {
  newSigner,
  rightEvidence,
  rightManifest,
  type Signer,
  served,
  settingsWith,
  signedAs,
} from "./release-fixture.ts";
import type { Case } from "./release-matrix.ts";

/** Who may sign in the environment of the matrix, and who may not. */
export interface Signers {
  readonly ci: Signer;
  readonly strangers: Readonly<Record<NonNullable<Case["signer"]>, Signer>>;
}

export const newSigners = async (): Promise<Signers> => ({
  ci: await newSigner(),
  strangers: { "another key": await newSigner("stranger"), "another key of the same name": await newSigner() },
});

/** The release of a case, as the stack would serve it, and the settings it is judged by. */
export async function releaseOf(
  one: Case,
  { ci, strangers }: Signers,
): Promise<{ readonly resource: Resource; readonly settings: Readonly<Record<string, unknown>> }> {
  // Copies: what a case changes must not reach the next.
  const [manifest, evidence] = [structuredClone(rightManifest(one.stage ?? "prod")), structuredClone(rightEvidence())];
  one.manifest?.(manifest);
  one.evidence?.(evidence);
  const signer = one.signer === undefined ? ci : strangers[one.signer];
  const token = await (one.signed?.(evidence, signer) ?? signedAs(signer, evidence));
  const resource = served(manifest, one.token?.(token) ?? token);
  one.resource?.(resource);
  return { resource, settings: { ...settingsWith(ci), ...one.settings } };
}
