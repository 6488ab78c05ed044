import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/index.ts";
import { CONTAINER_SECURITY, ON_SYSTEM_NODES, POD_SECURITY, resources } from "../system/index.ts";
import { MANAGED_BY } from "./constants.ts";
import { gateRego, planGateLibraries, type ReleaseGate, regoName } from "./release-gates.ts";
import { type Rule, rego } from "./rules.ts";

export const CONFTEST_IMAGE = "openpolicyagent/conftest:v0.71.1";
/** ConfigMap of the manifests to check; whoever starts a check makes it. */
export const CONFTEST_INPUT = "conftest-input";

export interface ConftestArgs {
  readonly cluster: Cluster;
  /** It must exist: depend on it. */
  readonly namespace: string;
  readonly rules: readonly Rule[];
  /** Parameters of the rules, by name. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Gates that releases of models pass. Default: none. */
  readonly gates?: readonly ReleaseGate[] | undefined;
}

/** Files of the policy folder: the same rules that Gatekeeper enforces, and how a manifest is put before them. */
export const planConftestFiles = ({
  rules,
  parameters,
  gates = [],
}: Pick<ConftestArgs, "rules" | "parameters" | "gates">): Record<string, string> => ({
  ...Object.fromEntries(
    ["conftest", "containers", ...rules.map(({ rule }) => rule)].map((name) => [`${name}.rego`, rego(name)]),
  ),
  ...Object.fromEntries(gates.map(({ gate }) => [`${regoName(gate)}.rego`, gateRego(gate)])),
  ...Object.fromEntries(
    Object.entries(gates.length === 0 ? {} : planGateLibraries()).map(([name, text]) => [`lib_${name}.rego`, text]),
  ),
  "parameters.json": `${JSON.stringify({
    parameters,
    gates: Object.fromEntries(gates.map(({ gate, level, settings }) => [gate, { level, settings }])),
  })}\n`,
});

/** The pod of a check: no network, no token, nothing but the rules and the manifests. */
export const planConftestPod = (): k8s.types.input.core.v1.PodSpec => ({
  restartPolicy: "Never",
  automountServiceAccountToken: false,
  securityContext: { ...POD_SECURITY, runAsUser: 65_532 },
  nodeSelector: { ...ON_SYSTEM_NODES },
  containers: [
    {
      name: "conftest",
      image: CONFTEST_IMAGE,
      args: ["test", "--policy", "/policy", "--data", "/policy/parameters.json", "--output", "json", "/input"],
      securityContext: { ...CONTAINER_SECURITY, capabilities: { drop: ["ALL"] } },
      resources: resources({ cpu: "100m", memory: "128Mi" }),
      volumeMounts: [
        { name: "policy", mountPath: "/policy", readOnly: true },
        { name: "input", mountPath: "/input", readOnly: true },
        { name: "tmp", mountPath: "/tmp" },
      ],
    },
  ],
  volumes: [
    { name: "policy", configMap: { name: "conftest-policy" } },
    { name: "input", configMap: { name: CONFTEST_INPUT } },
    { name: "tmp", emptyDir: {} },
  ],
});

/**
 * A check of manifests before anybody applies them, as a template of a Job: it never runs by itself.
 *
 *   kubectl -n <namespace> create configmap conftest-input --from-file=manifests/
 *   kubectl -n <namespace> create job --from=cronjob/conftest check-1
 */
export class Conftest extends pulumi.ComponentResource {
  constructor(name: string, args: ConftestArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:security:Conftest", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const metadata = (objectName: string) => ({
      name: objectName,
      namespace: args.namespace,
      labels: { ...MANAGED_BY },
    });
    const policy = new k8s.core.v1.ConfigMap(
      `${name}-policy`,
      { metadata: metadata("conftest-policy"), data: planConftestFiles(args) },
      child,
    );
    new k8s.batch.v1.CronJob(
      name,
      {
        metadata: metadata("conftest"),
        spec: {
          suspend: true,
          // A date that never comes: a CronJob must have a schedule.
          schedule: "0 0 31 2 *",
          concurrencyPolicy: "Allow",
          jobTemplate: {
            spec: { backoffLimit: 0, ttlSecondsAfterFinished: 3600, template: { spec: planConftestPod() } },
          },
        },
      },
      { ...child, dependsOn: [policy] },
    );
    this.registerOutputs({});
  }
}
