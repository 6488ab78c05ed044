import { UserError } from "../../submission/spec/user-error.ts";

const ARMOR = /-----BEGIN PGP PUBLIC KEY BLOCK-----([\s\S]+?)-----END PGP PUBLIC KEY BLOCK-----/;

/**
 * The bytes of an exported PGP public key (`gpg --export --armor`), which is how Vault wants it.
 *
 * @throws UserError when the text is none
 */
export function publicKeyBytes(text: string): Buffer {
  const lines = ARMOR.exec(text)?.[1]?.split(/\r?\n/) ?? [];
  // Headers end with the first empty line; the last line, with `=`, is a checksum.
  const start = lines.findIndex((line, index) => index > 0 && line.trim() === "");
  const bytes = Buffer.from(
    lines
      .slice(start + 1)
      .filter((line) => !line.startsWith("="))
      .join(""),
    "base64",
  );
  // Packet tag 6, in either format, begins a public key.
  const first = bytes[0] ?? 0;
  const tag = first & 0x40 ? first & 0x3f : (first & 0x3c) >> 2;
  if (tag === 6) return bytes;
  throw new UserError("This is no PGP public key.", { hint: "gpg --export --armor alice@example.com > alice.asc" });
}
