import * as pulumi from "@pulumi/pulumi";
import { CHARTS, chartRelease, resources } from "../system/index.ts";
import type { Cluster } from "./cluster.ts";
import { CLASS_LABEL, DEVICE_PLUGIN_NAMESPACE, GPU_CLASSES, GPU_TAINT, SPOT_TAINT } from "./constants.ts";

export interface DevicePluginArgs {
  readonly cluster: Cluster;
  /** Where it lives; it must let pods use the node's own folders; depend on it. Default: `DEVICE_PLUGIN_NAMESPACE`. */
  readonly namespace?: string;
  /** One address that holds all charts. Default: the chart's own repository. */
  readonly mirror?: string;
}

export function planDevicePluginValues() {
  return {
    fullnameOverride: "nvidia-device-plugin",
    // Slices under names of their own; GPUs that are not cut are whole ones, as ever.
    migStrategy: "mixed",
    failOnInitError: true,
    gfd: { enabled: false },
    // The chart's own choice of nodes waits for labels that nobody sets here.
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: CLASS_LABEL, operator: "In", values: [...GPU_CLASSES] }] }],
        },
      },
    },
    tolerations: [GPU_TAINT, SPOT_TAINT].map(({ key, effect }) => ({ key, operator: "Exists", effect })),
    priorityClassName: "system-node-critical",
    resources: resources({ cpu: "20m", memory: "128Mi" }),
  };
}

/** Makes the GPUs of a node something a pod can ask for; the machine image brings the driver and not this. */
export class DevicePlugin extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: DevicePluginArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:cluster:DevicePlugin", name, {}, opts);
    const namespace = args.namespace ?? DEVICE_PLUGIN_NAMESPACE;
    const release = chartRelease(
      `${name}-chart`,
      { chart: CHARTS.nvidiaDevicePlugin, mirror: args.mirror, namespace, values: planDevicePluginValues() },
      { parent: this, provider: args.cluster.provider },
    );
    this.ready = [release];
    this.registerOutputs({ namespace });
  }
}
