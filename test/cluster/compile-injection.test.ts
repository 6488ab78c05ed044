import { spawnSync } from "node:child_process";
import type { V1Container } from "@kubernetes/client-node";
import { describe, expect, inject, it } from "vitest";
import { processOf } from "../unit/compile/kubernetes-expansion.ts";
import { Cluster, compiledDag } from "./compile-cluster.ts";

/** Texts that Argo, Kubernetes, a shell, JSON or YAML would do something with. */
const AWKWARD = [
  "{{workflow.name}}",
  "{{=1+1}}",
  "{{{x}}}",
  "{{inputs.parameters.n}}{{workflow.uid}}",
  "{",
  "{{",
  "}}",
  "$(HOME)",
  "$(ARGO_NODE_ID)",
  "$$(X)",
  "$",
  `"quotes" 'quotes'`,
  "line\nbreak\ttab",
  "back\\slash \\n \\u007b",
  "ünïcode 漢字 🚀",
];
const ALL = AWKWARD.join(" | ");

/** Prints what it was given, as JSON. */
const REPORT =
  "process.stdout.write(JSON.stringify([process.argv.slice(1), process.env.OWN, process.env.ORCH_PARAM_TEXT]))";

const python = (id: string, text: string) => ({
  id,
  kind: "python_task",
  image: "ghcr.io/archetype/feature-kit:0.3.2",
  resources: { cpu: "100m", mem: "64Mi" },
  command: [process.execPath, "-e", REPORT, "--"],
  args: AWKWARD.map((each) => each + text),
  env: { OWN: ALL + text },
  params: { text: ALL + text },
});

interface StoredRayJob {
  readonly metadata: { readonly ownerReferences: readonly [{ readonly name: string; readonly uid: string }] };
  readonly spec: {
    readonly entrypoint: string;
    readonly rayClusterSpec: {
      readonly workerGroupSpecs: readonly [
        { readonly template: { readonly spec: { readonly containers: readonly [V1Container] } } },
      ];
    };
  };
}

interface StoredSpark {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: { readonly arguments: readonly string[] };
}

describe("on the running controller, a user's text", () => {
  const cluster = new Cluster(inject("kubeconfig"));

  it("is stored in no pod as anything but itself, and the process gets it byte for byte", async () => {
    // Two alike share a template and pass their texts as arguments; one with other ports has a template of its own.
    const nodes = [python("shared_a", " a {{x"), python("shared_b", " b }}"), { ...python("alone", ""), outs: ["x"] }];
    const { workflow } = compiledDag({ nodes, edges: [] });
    await cluster.submit(workflow);
    const { name } = workflow.metadata;
    expect((await cluster.ended(name)).phase).toBe("Succeeded");
    const pods = await cluster.pods(name);
    expect(pods).toHaveLength(nodes.length);
    for (const node of nodes) {
      const pod = pods.find(({ metadata }) => metadata?.labels?.node_id === node.id);
      const main = pod?.spec?.containers.find((each) => each.name === "main") as V1Container;
      const { env, argv } = processOf(main);
      // What stands before `--` is Argo's.
      const [program, ...rest] = argv.slice(argv.indexOf("--") + 1) as [string, ...string[]];
      const run = spawnSync(program, rest, { env: Object.fromEntries(env), encoding: "utf8" });
      expect(run.stderr).toBe("");
      expect(JSON.parse(run.stdout)).toEqual([node.args, node.env.OWN, node.params.text]);
    }
    await cluster.remove(workflow);
  });

  it("stands in a custom resource as it was written, after Argo's executor has run for real", async () => {
    const ray = {
      id: "train",
      kind: "ray_job",
      image: "ghcr.io/archetype/trainers:0.8.1",
      resources: { cpu: "1", mem: "1Gi" },
      command: ["python", "-c", ALL],
      env: { OWN: ALL },
      retry: { max_attempts: 2 },
    };
    const spark = {
      id: "spark",
      kind: "custom_crd",
      params: {
        manifest: {
          apiVersion: "sparkoperator.k8s.io/v1beta2",
          kind: "SparkApplication",
          metadata: { annotations: { text: ALL } },
          spec: {
            type: "Python",
            mode: "cluster",
            sparkVersion: "4.0.1",
            mainApplicationFile: "local:///main.py",
            arguments: AWKWARD,
            driver: { cores: 1, memory: "512m" },
            executor: { cores: 1, memory: "512m", instances: 1 },
          },
        },
        success_condition: "status.applicationState.state == COMPLETED",
        failure_condition: "status.applicationState.state == FAILED",
      },
    };
    const { workflow } = compiledDag({ nodes: [ray, spark], edges: [] });
    await cluster.submit(workflow);
    const { name } = workflow.metadata;
    const rayJob = await cluster.until(
      () => cluster.read<StoredRayJob>("ray.io/v1", "RayJob", `${name}-train-0`).catch(() => undefined),
      "the RayJob",
    );
    expect(rayJob.metadata.ownerReferences[0].name).toBe(name);
    const [worker] = rayJob.spec.rayClusterSpec.workerGroupSpecs[0].template.spec.containers;
    expect(processOf(worker).env.get("OWN")).toBe(ALL);
    const shell = spawnSync("sh", ["-c", `set -- ${rayJob.spec.entrypoint}; printf '%s' "$3"`], { encoding: "utf8" });
    expect(shell.stdout).toBe(ALL);
    const application = await cluster.until(
      () =>
        cluster
          .read<StoredSpark>("sparkoperator.k8s.io/v1beta2", "SparkApplication", `${name}-spark`)
          .catch(() => undefined),
      "the SparkApplication",
    );
    expect(application.metadata.annotations.text).toBe(ALL);
    expect(application.spec.arguments).toEqual(AWKWARD);
    await cluster.remove(workflow);
  });
});
