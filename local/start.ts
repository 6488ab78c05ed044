import { enableCompileCache } from "node:module";

enableCompileCache();
const { start } = await import("./demonstration/start.ts");
process.exitCode = await start(process.argv.slice(2));
