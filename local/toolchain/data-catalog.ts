import { MODULES } from "./modules.ts";

interface DataBase {
  /** Without a leading `v`. */
  readonly version: string;
  readonly purpose: string;
  /** Files that are run; a zip carries no mode. */
  readonly executable?: readonly string[];
}

/** A folder of a Go module's zip, checked against a `go.sum` of ours. */
export interface GoData extends DataBase {
  readonly from: "go";
  /** Folder under `modules/` whose `go.sum` pins it. */
  readonly pins: string;
  readonly module: string;
  /** Folder inside the module. */
  readonly folder: string;
}

/** Files of a jar, checked against digests. Needs Maven and Java, which nothing else here does. */
export interface MavenData extends DataBase {
  readonly from: "maven";
  readonly artifact: string;
  /** Folder inside the jar. */
  readonly folder: string;
  /** SHA-256 per file. */
  readonly files: Readonly<Record<string, string>>;
}

export type DataSet = GoData | MavenData;

/** What comes along in upstream's modules and is needed besides their programs. */
export const DATA = {
  "pulumi-node-scripts": {
    from: "go",
    pins: "pulumi",
    module: "github.com/pulumi/pulumi/sdk/v3",
    version: MODULES.pulumi.version,
    folder: "nodejs/dist",
    executable: ["pulumi-analyzer-policy", "pulumi-resource-pulumi-nodejs"],
    purpose: "lets the engine run policy packs written in TypeScript",
  },
  "argo-crds": {
    from: "go",
    pins: "argo",
    module: MODULES.argo.path,
    version: MODULES.argo.version,
    folder: "manifests/base/crds",
    purpose: "Argo's custom resource definitions, `minimal/` and `full/`",
  },
  "kueue-config": {
    from: "go",
    pins: "kueue",
    module: MODULES.kueue.path,
    version: MODULES.kueue.version,
    folder: "config/components",
    purpose: "Kueue's custom resource definitions, webhooks and RBAC, as kustomize folders",
  },
  "kwok-stages": {
    from: "go",
    pins: "kwok",
    module: MODULES.kwok.path,
    version: MODULES.kwok.version,
    folder: "kustomize/stage",
    purpose: "the stages of simulated nodes and pods",
  },
  "kuberay-crds": {
    from: "go",
    pins: "kuberay",
    module: "github.com/ray-project/kuberay/ray-operator",
    version: "1.6.1",
    folder: "config/crd/bases",
    purpose: "RayJob, RayCluster, RayService",
  },
  "spark-operator-crds": {
    from: "go",
    pins: "spark-operator",
    module: "github.com/kubeflow/spark-operator/v2",
    version: "2.5.2",
    folder: "config/crd/bases",
    purpose: "SparkApplication, ScheduledSparkApplication",
  },
  "keda-crds": {
    from: "go",
    pins: "keda",
    module: "github.com/kedacore/keda/v2",
    version: "2.20.2",
    folder: "config/crd/bases",
    purpose: "ScaledObject, ScaledJob, TriggerAuthentication",
  },
  "flink-crds": {
    from: "maven",
    artifact: "org.apache.flink:flink-kubernetes-operator-api",
    version: "1.10.0",
    folder: "META-INF/fabric8",
    files: {
      "flinkdeployments.flink.apache.org-v1.yml": "5f2b489140be56a972195971b8331f22f2c46d7f0de68cbd11ddf919cbc073a9",
      "flinksessionjobs.flink.apache.org-v1.yml": "09f43b086b946e5c6144a2907af8808b04e96c7f2088d1585d6501f1a10ae044",
      "flinkstatesnapshots.flink.apache.org-v1.yml": "b4d9e65e4465c74ff8526cfc46d823a4a5198d51e0e08a9f0f5a8c6f4380e399",
    },
    purpose: "FlinkDeployment, FlinkSessionJob",
  },
} as const satisfies Record<string, DataSet>;

export type DataName = keyof typeof DATA;

export const DATA_NAMES = Object.keys(DATA) as readonly DataName[];

export function dataSet(name: DataName): DataSet {
  return DATA[name];
}
