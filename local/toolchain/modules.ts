/** One place where upstream's program does the right thing at a price that grows with the square of the work. */
export interface SourceCorrection {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Files that a module's zip cannot carry and its build needs, and what is put right in it. */
export interface SourceRepair {
  /** Symbolic links that the zip format drops: the file that the link stood for is copied into its place. */
  readonly links: readonly { readonly link: string; readonly target: string }[];
  /** Files that upstream's own build generates and ours replaces by a placeholder. */
  readonly placeholders: readonly { readonly file: string; readonly text: string }[];
  /** Expressions of the source that are replaced, each of which must stand there exactly once. */
  readonly corrections: readonly SourceCorrection[];
  /** Folders of the module that its programs do not need; left out of the repaired copy. */
  readonly leaveOut: readonly string[];
}

/** One Go module with its `go.mod` and `go.sum` under `modules/<name>/`, from which one or more tools are built together. */
export interface ToolModule {
  /** Module path, as in its `go.mod`. */
  readonly path: string;
  /** Version without the leading `v`. */
  readonly version: string;
  /** Variables set at link time (`package.name=value`): without them the programs call themselves v0.0.0. */
  readonly variables: readonly string[];
  readonly repair?: SourceRepair;
  /** The oldest Go that builds it, where that is newer than `MINIMUM_GO`. */
  readonly minimumGo?: string;
  /** Seconds from empty caches, alone on two cores of 2026, downloads included. The start value of every estimate. */
  readonly coldSeconds: number;
  /** Packages that a first build compiles. */
  readonly packages: number;
  /** MiB that sources, build cache and programs take. */
  readonly diskMib: number;
}

/** The oldest Go that builds what the first start needs. A test holds it against each `go.mod`. */
export const MINIMUM_GO = "1.26.0";

const argoModule = "github.com/argoproj/argo-workflows/v3";

export const MODULES = {
  pulumi: {
    path: "github.com/pulumi/pulumi/pkg/v3",
    version: "3.220.0",
    variables: ["github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.220.0"],
    coldSeconds: 90,
    packages: 1353,
    diskMib: 1300,
  },
  // The newest versions of the SDK's module no longer carry the language host; this one runs with newer engines and SDKs.
  "pulumi-language-nodejs": {
    path: "github.com/pulumi/pulumi/sdk/v3",
    version: "3.60.0",
    variables: ["github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.60.0"],
    coldSeconds: 15,
    packages: 521,
    diskMib: 300,
  },
  etcd: {
    path: "go.etcd.io/etcd/server/v3",
    version: "3.6.7",
    variables: [],
    coldSeconds: 35,
    packages: 565,
    diskMib: 450,
  },
  kubernetes: {
    path: "k8s.io/kubernetes",
    version: "1.35.0",
    variables: [
      "k8s.io/component-base/version.gitVersion=v1.35.0",
      "k8s.io/component-base/version.gitMajor=1",
      "k8s.io/component-base/version.gitMinor=35",
      "k8s.io/component-base/version.gitTreeState=clean",
    ],
    coldSeconds: 320,
    packages: 2570,
    diskMib: 3000,
  },
  argo: {
    path: argoModule,
    version: "3.7.14",
    variables: [`${argoModule}.version=v3.7.14`, `${argoModule}.gitTag=v3.7.14`, `${argoModule}.gitTreeState=clean`],
    repair: {
      links: [
        {
          link: "workflow/executor/osspecific/signal_linux.go",
          target: "workflow/executor/osspecific/signal_darwin.go",
        },
      ],
      placeholders: [
        {
          file: "ui/dist/app/index.html",
          text: "<!doctype html><title>Argo</title><p>This build of Argo carries no user interface.</p>\n",
        },
      ],
      // At every event of a pod the controller decodes the pod's whole Workflow to see whether it is being deleted: half of its time
      // with 1,000 nodes. The undecoded object says so, too.
      corrections: [
        {
          file: "workflow/controller/pod/controller.go",
          find: "wf, err := util.FromUnstructured(un)",
          replace: "wf, err := un, error(nil)",
        },
        {
          file: "workflow/controller/pod/controller.go",
          find: "return wf.DeletionTimestamp != nil",
          replace: "return wf.GetDeletionTimestamp() != nil",
        },
        // A warning for every task that waits, each time a workflow is looked at: 31 MB of them in one run of 1,000 nodes.
        {
          file: "workflow/controller/dag.go",
          find: 'log.Warnf("was unable to obtain the node for %s, taskName %s", nodeID, taskName)',
          replace: 'log.Debugf("was unable to obtain the node for %s, taskName %s", nodeID, taskName)',
        },
      ],
      leaveOut: ["docs", "examples", "sdks", "community", "test", "ui/src", ".github"],
    },
    coldSeconds: 300,
    packages: 2185,
    diskMib: 2800,
  },
  kueue: {
    path: "sigs.k8s.io/kueue",
    version: "0.19.2",
    variables: ["sigs.k8s.io/kueue/pkg/version.GitVersion=v0.19.2"],
    coldSeconds: 155,
    packages: 1763,
    diskMib: 1900,
  },
  kwok: {
    path: "sigs.k8s.io/kwok",
    version: "0.7.0",
    variables: [],
    coldSeconds: 105,
    packages: 996,
    diskMib: 1300,
  },
  opa: {
    path: "github.com/open-policy-agent/opa",
    version: "1.22.2",
    variables: [],
    coldSeconds: 60,
    packages: 768,
    diskMib: 700,
  },
  conftest: {
    path: "github.com/open-policy-agent/conftest",
    version: "0.71.1",
    variables: ["github.com/open-policy-agent/conftest/internal/version.Version=0.71.1"],
    minimumGo: "1.26.8",
    coldSeconds: 110,
    packages: 1283,
    diskMib: 1300,
  },
} as const satisfies Record<string, ToolModule>;

export type ModuleName = keyof typeof MODULES;

export const MODULE_NAMES = Object.keys(MODULES) as readonly ModuleName[];

export function toolModule(name: ModuleName): ToolModule {
  return MODULES[name];
}
