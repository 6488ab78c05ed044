import type { Hash } from "node:crypto";

// Asked of the process, not imported: an import also reads every getter of `node:crypto`, and so loads Web Crypto, which nothing here needs.
const { createHash, hash } = process.getBuiltinModule("node:crypto");

/** 64 hexadecimal digits. */
export const sha256Hex = (text: string): string => hash("sha256", text);

/** For a text that is made piece by piece. */
export const sha256OfPieces = (): Hash => createHash("sha256");
