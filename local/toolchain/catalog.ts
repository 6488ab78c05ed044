import type { ModuleName, ToolModule } from "./modules.ts";
import { MODULES } from "./modules.ts";

/** How a tool of the user's own is recognised on PATH. */
export interface PathRule {
  /** Arguments that make it print its version, or nothing when it cannot say and its neighbour speaks for it. */
  readonly ask: readonly string[] | undefined;
  /** Accepted versions, as a semver range. */
  readonly range: string;
  /** Another tool that must lie in the same folder with a right version: a language host belongs to its engine. */
  readonly beside?: "pulumi" | "pulumi-language-nodejs";
}

export interface Tool {
  readonly module: ModuleName;
  /** Import path of its `main` package. */
  readonly package: string;
  readonly purpose: string;
  /** Nothing when no upstream release carries a program of this name. */
  readonly onPath: PathRule | undefined;
}

const KUBERNETES_MINOR = "~1.35";
const argo = "github.com/argoproj/argo-workflows/v3/cmd";

/** Every program that the product or its tests run, in the order in which they are built; each is built when it is first asked for. */
export const TOOLS = {
  pulumi: {
    module: "pulumi",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    purpose: "the engine that applies the stacks",
    onPath: { ask: ["version"], range: "^3.200", beside: "pulumi-language-nodejs" },
  },
  "pulumi-language-nodejs": {
    module: "pulumi-language-nodejs",
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    purpose: "runs the stacks' TypeScript for the engine",
    onPath: { ask: undefined, range: "^3.200", beside: "pulumi" },
  },
  etcd: {
    module: "etcd",
    package: "go.etcd.io/etcd/server/v3",
    purpose: "stores the control plane's objects",
    onPath: { ask: ["--version"], range: "~3.6" },
  },
  "kube-apiserver": {
    module: "kubernetes",
    package: "k8s.io/kubernetes/cmd/kube-apiserver",
    purpose: "the Kubernetes API, with admission and RBAC",
    onPath: { ask: ["--version"], range: KUBERNETES_MINOR },
  },
  "kube-controller-manager": {
    module: "kubernetes",
    package: "k8s.io/kubernetes/cmd/kube-controller-manager",
    purpose: "namespaces, garbage collection, service accounts, jobs",
    onPath: { ask: ["--version"], range: KUBERNETES_MINOR },
  },
  "kube-scheduler": {
    module: "kubernetes",
    package: "k8s.io/kubernetes/cmd/kube-scheduler",
    purpose: "places pods on nodes",
    onPath: { ask: ["--version"], range: KUBERNETES_MINOR },
  },
  kubectl: {
    module: "kubernetes",
    package: "k8s.io/kubernetes/cmd/kubectl",
    purpose: "looks into the embedded environment by hand",
    // One minor version of skew is what Kubernetes supports for kubectl.
    onPath: { ask: ["version", "--client"], range: ">=1.34 <1.37" },
  },
  "workflow-controller": {
    module: "argo",
    package: `${argo}/workflow-controller`,
    purpose: "runs the compiled Workflows",
    onPath: { ask: ["version", "--short"], range: "~3.7" },
  },
  argoexec: {
    module: "argo",
    package: `${argo}/argoexec`,
    purpose: "creates and follows the custom resources of `resource` templates",
    onPath: { ask: ["version", "--short"], range: "~3.7" },
  },
  argo: {
    module: "argo",
    package: `${argo}/argo`,
    purpose: "Argo's own validation of compiled Workflows",
    onPath: { ask: ["version", "--short"], range: "~3.7" },
  },
  kueue: {
    module: "kueue",
    package: "sigs.k8s.io/kueue/cmd/kueue",
    purpose: "queues, quota, flavors, admission",
    onPath: undefined,
  },
  kwok: {
    module: "kwok",
    package: "sigs.k8s.io/kwok/cmd/kwok",
    purpose: "simulates nodes and the states of their pods",
    onPath: { ask: ["--version"], range: "~0.7" },
  },
  opa: {
    module: "opa",
    package: "github.com/open-policy-agent/opa",
    purpose: "runs the Rego rules as the cluster's policy engine does",
    onPath: { ask: ["version"], range: "^1.17" },
  },
  conftest: {
    module: "conftest",
    package: "github.com/open-policy-agent/conftest",
    purpose: "checks manifests in files by the same Rego rules",
    onPath: { ask: ["--version"], range: "~0.71" },
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

export const TOOL_NAMES = Object.keys(TOOLS) as readonly ToolName[];

export function toolOf(name: ToolName): Tool {
  return TOOLS[name];
}

export function moduleOf(name: ToolName): ToolModule {
  return MODULES[TOOLS[name].module];
}
