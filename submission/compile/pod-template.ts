import type { DagNode, JsonObject } from "../spec/index.ts";
import type { Context } from "./context.ts";
import { podEnv, podLabels } from "./custom-resource.ts";
import { affinityOf, type Placement, requirementsOf, tolerationsOf } from "./placement.ts";
import { CONTAINER_SECURITY, POD_SECURITY } from "./pod-security.ts";
import { spotUnlessGone } from "./retry.ts";
import type { Spread } from "./spread.ts";
import type { Affinity, EnvFrom, Labels, ResourceRequirements } from "./workflow.ts";

export interface PodRole {
  readonly container: string;
  readonly image: string;
  readonly resources: ResourceRequirements;
  readonly affinity: Affinity;
  readonly labels?: Labels;
  /** Default: wherever there is room. */
  readonly spread?: Spread;
  /** It makes or removes pods of the application itself: the account of drivers, and a token. Default: false. */
  readonly creates?: boolean;
  /** Fields of the container the operator's kind needs besides. */
  readonly extra?: JsonObject;
}

export const envFrom = (node: DagNode, { team }: Context): EnvFrom[] =>
  node.secrets.map((scope) => {
    const secret = team.secretScopes[scope]?.secret;
    if (secret === undefined) throw new Error(`secret scope ${scope} is not in the profile`);
    return { secretRef: { name: secret } };
  });

/** A pod template inside a custom resource, as hardened as the pods Argo makes for us. */
export function podTemplate(node: DagNode, role: PodRole, placement: Placement, context: Context): JsonObject {
  const secrets = envFrom(node, context);
  const tolerations = tolerationsOf(placement);
  return plain({
    metadata: { labels: { ...podLabels(node, context), ...role.labels, ...role.spread?.labels } },
    spec: {
      serviceAccountName: role.creates ? context.team.driverServiceAccount : context.team.serviceAccount,
      automountServiceAccountToken: role.creates === true,
      priorityClassName: placement.priorityClass,
      securityContext: POD_SECURITY,
      affinity: role.affinity,
      ...(tolerations.length === 0 ? {} : { tolerations }),
      ...spreadFields(role.spread),
      containers: [
        {
          name: role.container,
          image: role.image,
          env: podEnv(node, node.params, context),
          ...(secrets.length === 0 ? {} : { envFrom: secrets }),
          resources: role.resources,
          securityContext: CONTAINER_SECURITY,
          volumeMounts: [
            { name: "orch-tmp", mountPath: "/tmp" },
            { name: "orch-shm", mountPath: "/dev/shm" },
          ],
          ...role.extra,
        },
      ],
      volumes: [
        { name: "orch-tmp", emptyDir: { sizeLimit: "50Gi" } },
        { name: "orch-shm", emptyDir: { medium: "Memory" } },
      ],
    },
  });
}

/** In a pod's spec. */
export const spreadFields = (spread: Spread | undefined) =>
  spread === undefined || spread.constraints.length === 0 ? {} : { topologySpreadConstraints: spread.constraints };

/** The node's own size where the node's own work runs. */
export const workRole = (
  node: DagNode,
  container: string,
  image: string,
  placement: Placement,
  context: Context,
): PodRole => ({
  container,
  image,
  resources: requirementsOf(node),
  affinity: affinityOf(placement, context.profile, spotUnlessGone(context.profile.infrastructureAttempts)),
});

/** Typed objects of ours are JSON objects; this says so to the compiler. */
export const plain = (value: object): JsonObject => value as JsonObject;
