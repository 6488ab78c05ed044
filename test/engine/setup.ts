import { ensureTools } from "../../local/toolchain/index.ts";

/** The engine itself, once, before any test of it starts counting its time. */
export default async function setup(): Promise<void> {
  const { pulumi } = await ensureTools(["pulumi", "pulumi-language-nodejs"]);
  console.log(`pulumi ${pulumi.version} (${pulumi.source})`);
}
