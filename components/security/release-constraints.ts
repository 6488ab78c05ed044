import { GATES } from "../../submission/spec/release/index.ts";
import { OPERATORS_NAMESPACE, SERVING_NAMESPACE } from "../compute/constants.ts";
import { NEVER_CHECKED } from "./constants.ts";
import type { Enforcement } from "./gatekeeper.ts";
import { constraintKind, gateRego, planGateLibraries, type ReleaseGate } from "./release-gates.ts";

/** Whoever makes pods and clusters of a RayService that was judged itself: groups of their service accounts. */
export const CONTROLLERS: readonly string[] = ["kube-system", OPERATORS_NAMESPACE, SERVING_NAMESPACE].map(
  (namespace) => `system:serviceaccounts:${namespace}`,
);

/** What answers requests by its nature, and what does where it stands in a serving namespace. */
const SERVES = [
  { apiGroups: ["ray.io"], kinds: ["RayService"] },
  { apiGroups: ["serving.kserve.io"], kinds: ["InferenceService"] },
];
const RUNS = [
  { apiGroups: [""], kinds: ["Pod"] },
  { apiGroups: ["apps"], kinds: ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"] },
  { apiGroups: ["batch"], kinds: ["Job", "CronJob"] },
  { apiGroups: ["ray.io"], kinds: ["RayCluster"] },
];

/** Spec of a gate's ConstraintTemplate. Its Rego itself holds the settings against their schema. */
export const planGateTemplate = ({ gate }: Pick<ReleaseGate, "gate">) => ({
  crd: {
    spec: {
      names: { kind: constraintKind(gate) },
      validation: {
        openAPIV3Schema: {
          type: "object",
          properties: {
            settings: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            controllers: { type: "array", items: { type: "string" } },
          },
        },
      },
    },
  },
  targets: [
    {
      target: "admission.k8s.gatekeeper.sh",
      code: [
        {
          engine: "Rego",
          source: { version: "v1", rego: gateRego(gate), libs: Object.values(planGateLibraries([gate])) },
        },
      ],
    },
  ],
});

/**
 * Specs of a gate's constraints, by name. Releases are refused where the pack refuses them; an environment that only warns or reports
 * does no more than that here either.
 */
export function planGateConstraints(
  { gate, level, settings }: ReleaseGate,
  enforcement: Enforcement,
): Readonly<Record<string, ReturnType<typeof constraintOf>>> {
  const action = level === "advisory" && enforcement === "deny" ? "warn" : enforcement;
  const parameters = { settings, ...(gate === "serving-has-release" ? { controllers: [...CONTROLLERS] } : {}) };
  const constraint = (kinds: typeof SERVES, namespaces?: readonly string[]) =>
    constraintOf(action, kinds, parameters, namespaces);
  if (gate !== "serving-has-release") return { releases: constraint(SERVES.slice(0, 1)) };
  const { namespaces } = GATES[gate].settings.parse(settings);
  return { releases: constraint(SERVES), serving: constraint(RUNS, namespaces) };
}

const constraintOf = (
  enforcementAction: Enforcement,
  kinds: typeof SERVES,
  parameters: object,
  namespaces?: readonly string[],
) => ({
  enforcementAction,
  match: { kinds, excludedNamespaces: [...NEVER_CHECKED], ...(namespaces === undefined ? {} : { namespaces }) },
  parameters,
});
