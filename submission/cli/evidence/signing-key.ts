import { type CryptoKey, importJWK, importPKCS8 } from "jose";
import { z } from "zod";
import { type EvidenceKey, evidenceKey } from "../../spec/release/index.ts";
import { UserError } from "../../spec/user-error.ts";

/** Who signs: what `signEvidence` takes, and what whoever verifies it has to be told. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: EvidenceKey;
}

const HINT =
  "`openssl genpkey -algorithm ed25519` makes a key; CI keeps it in its secret store and hands it over as a file.";
const KMS = /^(awskms|gcpkms|azurekeyvault|hashivault|arn:aws:kms)/;

/** Refused before the file is looked for: a KMS key never leaves KMS, and signing there is not built yet. */
export function refuseKms(key: string): void {
  if (KMS.test(key))
    throw new UserError(`${key} is a key in a key management service; evidence is signed with a key in a file so far`, {
      hint: HINT,
    });
}

/**
 * An Ed25519 private key: PKCS #8 (PEM) or a JWK.
 *
 * @param kid default: the JWK's
 * @throws UserError, which never says anything of the key itself
 */
export async function readSigningKey(text: string, source: string, kid: string | undefined): Promise<SigningKey> {
  const { createPrivateKey, createPublicKey } = await import("node:crypto");
  const refuse = (why: string) => new UserError(`${source} ${why}`, { hint: HINT });
  const jwk = jwkOf(text);
  if (jwk === undefined && !text.includes("-----BEGIN PRIVATE KEY-----"))
    throw refuse("is no private key: neither PKCS #8 (PEM) nor a JWK");
  if (jwk !== undefined && typeof jwk.d !== "string")
    throw refuse("is a public key; evidence is signed with a private one");
  const name = kid ?? (typeof jwk?.kid === "string" ? jwk.kid : undefined);
  if (name === undefined)
    throw new UserError("the key has no name", {
      hint: "give --kid, by which the policy pack's settings know the public key",
    });
  try {
    const key = jwk === undefined ? createPrivateKey(text) : createPrivateKey({ key: jwk, format: "jwk" });
    if (key.asymmetricKeyType !== "ed25519") throw refuse(`is a key of ${key.asymmetricKeyType}; it must be Ed25519`);
    const privateKey = jwk === undefined ? await importPKCS8(text, "EdDSA") : await importJWK(jwk, "EdDSA");
    const { kty, crv, x } = createPublicKey(key).export({ format: "jwk" });
    if (privateKey instanceof Uint8Array) throw refuse("is no private key");
    return { kid: name, privateKey, publicKey: evidenceKey.parse({ kid: name, kty, crv, x }) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw refuse("is no private key that can be read");
  }
}

function jwkOf(text: string): Record<string, unknown> | undefined {
  try {
    const parsed = z.record(z.string(), z.unknown()).safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
