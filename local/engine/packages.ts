import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout: the folder of package.json. */
export const CHECKOUT = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");

/** The Pulumi packages whose plugin this product can stand in for. */
export const PACKAGES = ["kubernetes", "random", "aws", "vault"] as const;
export type PackageName = (typeof PACKAGES)[number];

/** Version of an installed `@pulumi/<name>`: the plugin of the same version serves it. */
export function packageVersion(name: PackageName): string {
  const file = createRequire(import.meta.url).resolve(`@pulumi/${name}/package.json`);
  return String((JSON.parse(readFileSync(file, "utf8")) as { version?: unknown }).version);
}

/** The Node that runs this product, which may be newer than the machine's own. */
export const NODE_BIN = join(CHECKOUT, "node_modules", ".bin");

export const PROVIDER_MAIN = join(dirname(fileURLToPath(import.meta.url)), "../provider/main.ts");
