import { CompactSign, type CryptoKey, compactVerify, errors, importJWK } from "jose";
import { z } from "zod";
import type { Evidence } from "./evidence.ts";
import { readPlainJson } from "./plain-json.ts";

/** Evidence is signed as a compact JWS with Ed25519, which `io.jwt.verify_eddsa` of the policy engine verifies too. */

const ALGORITHM = "EdDSA";
/** A key that also signs other things must not turn them into evidence. */
export const EVIDENCE_TYPE = "orch-evidence";
export const EVIDENCE_HEADER: readonly string[] = ["alg", "typ", "kid"];

const SEGMENT = /^[A-Za-z0-9_-]+$/;

/** A public key as JWK. A private one (`d`) is an unknown field, and has no place in a configuration. */
export const evidenceKey = z.strictObject({
  kid: z.string().min(1),
  kty: z.literal("OKP", "must be OKP"),
  crv: z.literal("Ed25519", "must be Ed25519"),
  /** 32 bytes, base64url. */
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/, "must be 32 bytes in base64url, 43 characters"),
});
export type EvidenceKey = z.infer<typeof evidenceKey>;

export async function signEvidence(content: Evidence, signer: { kid: string; privateKey: CryptoKey }): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(content)))
    .setProtectedHeader({ alg: ALGORITHM, typ: EVIDENCE_TYPE, kid: signer.kid })
    .sign(signer.privateKey);
}

/** @returns why the token is not to be believed; undefined when one of the keys has signed it as it is */
export async function whyNotSigned(token: string, keys: readonly EvidenceKey[]): Promise<string | undefined> {
  const segments = token.split(".");
  const header = decodeSegment(segments[0]);
  if (header === undefined || segments.length !== 3 || !segments.every((segment) => SEGMENT.test(segment)))
    return "is not a compact JWS (header.payload.signature)";
  // What another reader would take for an instruction (`crit`, `b64`, `jwk`).
  const strangers = Object.keys(header).filter((field) => !EVIDENCE_HEADER.includes(field));
  if (strangers.length > 0)
    return `has a header with ${strangers.sort().join(", ")}; only ${EVIDENCE_HEADER.join(", ")} belong there`;
  if (header.alg !== ALGORITHM) return `says alg ${JSON.stringify(header.alg ?? null)}; only ${ALGORITHM} counts`;
  if (header.typ !== EVIDENCE_TYPE)
    return `says typ ${JSON.stringify(header.typ ?? null)}: it was signed as something else than ${EVIDENCE_TYPE}`;
  const key = keys.find(({ kid }) => kid === header.kid);
  if (key === undefined) {
    const known = keys.map(({ kid }) => kid).join(", ") || "none";
    return `is signed with key ${JSON.stringify(header.kid ?? null)}, which is none of the configured ones (${known})`;
  }
  try {
    await compactVerify(token, await importJWK(key, ALGORITHM), { algorithms: [ALGORITHM] });
    return undefined;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed)
      return `was changed after key ${key.kid} signed it, or another key of that name did`;
    throw error;
  }
}

/** What a token says, believed or not; undefined when it says nothing that can be read. */
export function readEvidence(token: string): Readonly<Record<string, unknown>> | undefined {
  return decodeSegment(token.split(".")[1]);
}

function decodeSegment(segment: string | undefined): Record<string, unknown> | undefined {
  // Buffer passes over what does not belong there.
  if (segment === undefined || !SEGMENT.test(segment)) return undefined;
  const value = readPlainJson(Buffer.from(segment, "base64url").toString("utf8"))?.value;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
