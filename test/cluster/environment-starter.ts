/** Started by tests as a process of its own, to be killed: `environment-starter.ts FOLDER LIFETIME TOOLS`. */
import { planLocalNodes } from "../../components/cluster/pools.ts";
import { type Lifetime, startEnvironment, type ToolPaths } from "../../local/cluster/index.ts";

const [stateDir = "", lifetime = "attached", tools = "{}"] = process.argv.slice(2);
await startEnvironment({
  stateDir,
  lifetime: lifetime as Lifetime,
  tools: JSON.parse(tools) as ToolPaths,
  nodes: planLocalNodes({ cpu: 1, cpu_spot: 0, gpu: 0, gpu_spot: 0, system: 0 }),
});
process.send?.("started");
setInterval(() => {}, 60_000);
