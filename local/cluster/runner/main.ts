/** The resource runner's process, started by the supervisor. */
import { parseArgs } from "node:util";
import { z } from "zod";
import { ClusterAccess } from "./cluster-access.ts";
import { availableIsolation } from "./execution.ts";
import { ResourceRunner } from "./resource-runner.ts";

const NAMES = ["kubeconfig", "server", "certificate-authority", "argoexec", "folder", "logs", "concurrency"] as const;

const { values } = parseArgs({
  options: Object.fromEntries(NAMES.map((name) => [name, { type: "string" as const }])),
});
const options = z
  .object({
    kubeconfig: z.string(),
    server: z.string(),
    "certificate-authority": z.string(),
    argoexec: z.string(),
    folder: z.string(),
    logs: z.string(),
    concurrency: z.coerce.number().int().positive(),
  })
  .parse(values);

const access = new ClusterAccess(options.kubeconfig, options.server, options["certificate-authority"]);
const runner = new ResourceRunner(access, { ...options, isolation: availableIsolation() });
await access.watchPods(
  (pod) => runner.see(pod),
  (uid) => runner.forget(uid),
);
console.log(new Date().toISOString(), "watching pods");
