import * as pulumi from "@pulumi/pulumi";
import { CLASS_LABEL, type Cluster, GPU_CLASSES } from "../cluster/index.ts";
import { CHARTS, chartRelease, resources } from "../system/index.ts";
import { NODE_AGENTS_NAMESPACE } from "./constants.ts";

export interface DcgmExporterArgs {
  readonly cluster: Cluster;
  readonly mirror?: string | undefined;
  /** Whether Prometheus is there to scrape. */
  readonly monitoring: boolean;
}

/** Values of the chart: on GPU nodes only, spot or not; pods there are told apart by their own labels. */
export function planDcgmValues({ monitoring }: Pick<DcgmExporterArgs, "monitoring">) {
  return {
    fullnameOverride: "dcgm-exporter",
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: CLASS_LABEL, operator: "In", values: [...GPU_CLASSES] }] }],
        },
      },
    },
    tolerations: [{ operator: "Exists" }],
    // A GPU's numbers with the run that used it.
    kubernetes: { enablePodLabels: true, podLabelAllowlistRegex: ["^(team|pipeline_id)$"] },
    // Root, because the kubelet's socket that tells which pod has which GPU is root's. Without SYS_ADMIN: only profiling
    // counters need it; utilisation, memory, power, temperature and errors do not.
    securityContext: {
      runAsNonRoot: false,
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      capabilities: { add: [], drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    },
    resources: resources({ cpu: "100m", memory: "512Mi" }),
    serviceMonitor: { enabled: monitoring, interval: "30s" },
  };
}

/** What GPUs do and whether they are well. */
export class DcgmExporter extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: DcgmExporterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:observability:DcgmExporter", name, {}, opts);
    const release = chartRelease(
      `${name}-chart`,
      {
        chart: CHARTS.dcgmExporter,
        mirror: args.mirror,
        namespace: NODE_AGENTS_NAMESPACE,
        values: planDcgmValues(args),
      },
      { parent: this, provider: args.cluster.provider },
    );
    this.ready = [release];
    this.registerOutputs({});
  }
}
