import { CLASS_LABEL, ZONE_LABEL } from "../cluster/constants.ts";

/** What every container of ours and the users' is held to: Pod Security `restricted` and a read-only root. */
export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
} as const;

export const POD_SECURITY = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } as const;

/** The platform's own pods run on the nodes that are always there and never vanish. */
export const ON_SYSTEM_NODES = { [CLASS_LABEL]: "system" } as const;

/** How many of a system run: one (cheap; down while its node is replaced) or several, spread over zones. */
export const AVAILABILITIES = ["single", "high"] as const;
export type Availability = (typeof AVAILABILITIES)[number];

/** @param whenHigh replicas of a highly available system; three where a majority decides */
export const replicas = (availability: Availability, whenHigh = 2): number => (availability === "high" ? whenHigh : 1);

/** One of `app`'s pods per zone as far as zones go, and no two on one node if it can be helped. */
export const spreadOver = (labels: Readonly<Record<string, string>>) =>
  [ZONE_LABEL, "kubernetes.io/hostname"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { ...labels } },
  }));

/** What a container asks for and may take. */
export interface ContainerSize {
  /** Kubernetes quantity, e.g. `250m`; a request only: a limit on CPU throttles and frees nothing. */
  readonly cpu: string;
  /** Kubernetes quantity, e.g. `512Mi`; request and limit alike, so that nobody is killed for another's appetite. */
  readonly memory: string;
}

export const resources = ({ cpu, memory }: ContainerSize) => ({ requests: { cpu, memory }, limits: { memory } });
