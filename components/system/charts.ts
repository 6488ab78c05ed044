/** A Helm chart at one version; the values of its component are typed and tested against exactly this one. */
export interface Chart {
  readonly name: string;
  readonly repository: string;
  readonly version: string;
  /** Version of what it installs, e.g. `v4.0.6`. */
  readonly appVersion: string;
}

/** Every chart of the platform, pinned once. */
export const CHARTS = {
  argoWorkflows: {
    name: "argo-workflows",
    repository: "https://argoproj.github.io/argo-helm",
    version: "1.0.18",
    appVersion: "v4.0.6",
  },
  kueue: { name: "kueue", repository: "oci://registry.k8s.io/kueue/charts", version: "0.19.2", appVersion: "v0.19.2" },
} as const satisfies Record<string, Chart>;

/** Where a chart comes from: its own repository, or `mirror` (one OCI or HTTP address that holds all of them). */
export function chartSource(
  chart: Chart,
  mirror?: string,
): { chart: string; version: string; repositoryOpts?: { repo: string } } {
  const repository = mirror ?? chart.repository;
  if (repository.startsWith("oci://")) return { chart: `${repository}/${chart.name}`, version: chart.version };
  return { chart: chart.name, version: chart.version, repositoryOpts: { repo: repository } };
}
