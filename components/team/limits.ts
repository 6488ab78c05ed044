import type * as k8s from "@pulumi/kubernetes";

/** What Kueue does not count: objects, disks, addresses. */
export interface TeamLimits {
  /** Objects of each kind. */
  readonly configMaps: number;
  readonly secrets: number;
  readonly services: number;
  readonly jobs: number;
  /** Volume claims, of all classes together. */
  readonly volumes: number;
  /** GiB of all volumes together. */
  readonly storageGi: number;
  /** GiB of one volume. */
  readonly volumeGi: number;
  /** GiB of a storage class, by its name; one that the platform has and that is not named: as much as of all together. */
  readonly storageClasses: Readonly<Record<string, number>>;
  /** Addresses outside of the cluster; each costs, and opens a way in. */
  readonly loadBalancers: number;
}

/**
 * Spec of the ResourceQuota. Nothing of it is counted for pods or Workflows: that is Kueue's, and a quota that every pod has to
 * change would be what they queue for.
 *
 * @param storageClasses those that the platform has
 */
export function planResourceQuota(
  limits: TeamLimits,
  storageClasses: readonly string[],
): k8s.types.input.core.v1.ResourceQuotaSpec {
  const classes = storageClasses.map((name) => [
    `${name}.storageclass.storage.k8s.io/requests.storage`,
    `${limits.storageClasses[name] ?? limits.storageGi}Gi`,
  ]);
  return {
    hard: {
      configmaps: String(limits.configMaps),
      secrets: String(limits.secrets),
      services: String(limits.services),
      "services.loadbalancers": String(limits.loadBalancers),
      // A port of every node, past the load balancer.
      "services.nodeports": "0",
      persistentvolumeclaims: String(limits.volumes),
      "requests.storage": `${limits.storageGi}Gi`,
      "count/jobs.batch": String(limits.jobs),
      // What runs by the clock is submitted like anything else.
      "count/cronjobs.batch": "0",
      ...Object.fromEntries(classes),
    },
  };
}

/** Spec of the LimitRange: how large one volume may be, and what a container is counted for that asks for nothing. */
export const planLimitRange = ({ volumeGi }: TeamLimits): k8s.types.input.core.v1.LimitRangeSpec => ({
  limits: [
    { type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: `${volumeGi}Gi` } },
    { type: "Container", defaultRequest: { cpu: "100m", memory: "128Mi" } },
  ],
});
