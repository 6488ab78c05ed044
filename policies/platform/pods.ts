import { isProps, knownAt, knownListAt, type Props } from "../verdict/known.ts";
import { kindOf, type Resource } from "../verdict/resource.ts";

/** The pods that a resource makes, as far as it spells them out itself. */
export interface PodTemplate {
  /** Where its spec stands in the resource. */
  readonly path: readonly string[];
  readonly spec: Props;
}

export interface Container {
  readonly name: string;
  readonly props: Props;
  readonly pod: PodTemplate;
}

const TEMPLATE = ["spec", "template", "spec"];
/** Where each kind keeps the pods it makes. */
const POD_AT: Readonly<Record<string, readonly string[]>> = {
  "kubernetes:core/Pod": ["spec"],
  "kubernetes:apps/Deployment": TEMPLATE,
  "kubernetes:apps/StatefulSet": TEMPLATE,
  "kubernetes:apps/DaemonSet": TEMPLATE,
  "kubernetes:apps/ReplicaSet": TEMPLATE,
  "kubernetes:batch/Job": TEMPLATE,
  "kubernetes:batch/CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
};
/** Where each kind keeps the cluster of Ray that it makes. */
const RAY_AT: Readonly<Record<string, readonly string[]>> = {
  "kubernetes:ray.io/RayCluster": ["spec"],
  "kubernetes:ray.io/RayService": ["spec", "rayClusterConfig"],
  "kubernetes:ray.io/RayJob": ["spec", "rayClusterSpec"],
};
/** Kinds that keep a list of templates for pods of several roles. */
const LISTS_TEMPLATES = [
  "kubernetes:clickhouse.altinity.com/ClickHouseInstallation",
  "kubernetes:clickhouse-keeper.altinity.com/ClickHouseKeeperInstallation",
];
/** Images that stand beside the pods: what an operator puts into pods of its own. */
const IMAGE_AT: Readonly<Record<string, readonly string[]>> = {
  "kubernetes:postgresql.cnpg.io/Cluster": ["spec", "imageName"],
  "kubernetes:materialize.cloud/Materialize": ["spec", "environmentdImageRef"],
  "kubernetes:sparkoperator.k8s.io/SparkApplication": ["spec", "image"],
  "kubernetes:flink.apache.org/FlinkDeployment": ["spec", "image"],
};

export const runsPods = (resource: Resource): boolean => {
  const kind = kindOf(resource);
  return kind in POD_AT || kind in RAY_AT || LISTS_TEMPLATES.includes(kind);
};

export const namesImages = (resource: Resource): boolean => runsPods(resource) || kindOf(resource) in IMAGE_AT;

/** @throws NotDecided where a pod is not known */
export function podsOf(resource: Resource): PodTemplate[] {
  const kind = kindOf(resource);
  const { props } = resource;
  const paths = [
    ...[POD_AT[kind] ?? []].filter((path) => path.length > 0),
    ...rayTemplates(props, RAY_AT[kind]),
    ...(LISTS_TEMPLATES.includes(kind) ? inList(props, ["spec", "templates", "podTemplates"], ["spec"]) : []),
  ];
  return paths.map((path) => ({ path, spec: podAt(props, path) }));
}

function rayTemplates(props: Props, cluster: readonly string[] | undefined): string[][] {
  if (cluster === undefined) return [];
  const head = [...cluster, "headGroupSpec", ...TEMPLATE.slice(1)];
  return [head, ...inList(props, [...cluster, "workerGroupSpecs"], TEMPLATE.slice(1))];
}

/** Paths through a list, one for each of its elements. */
const inList = (props: Props, list: readonly string[], rest: readonly string[]): string[][] =>
  knownListAt(props, ...list).map((_, index) => [...list, String(index), ...rest]);

/** @throws NotDecided */
function podAt(props: Props, path: readonly string[]): Props {
  const found = path.reduce<unknown>((at, key) => (Array.isArray(at) ? at[Number(key)] : knownAt(at, key)), props);
  return isProps(found) ? found : {};
}

/** @throws NotDecided where a container is not known */
export function containersOf(resource: Resource): Container[] {
  return podsOf(resource).flatMap((pod) =>
    ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
      knownListAt(pod.spec, list)
        .filter(isProps)
        .map((props) => ({ name: String(knownAt(props, "name")), props, pod })),
    ),
  );
}

/** A container's own setting or, without one, that of its pod. */
export function securityOf({ props, pod }: Container, ...path: readonly string[]): unknown {
  return knownAt(props, "securityContext", ...path) ?? knownAt(pod.spec, "securityContext", ...path);
}

/** What is wrong with containers: `has container api, which <problem>`. */
export function faultyContainers(resource: Resource, problems: (container: Container) => readonly string[]): string[] {
  return containersOf(resource).flatMap((container) =>
    problems(container).map((problem) => `has container ${container.name}, which ${problem}`),
  );
}

/**
 * Every image that a resource names, once.
 *
 * @throws NotDecided where one is not known
 */
export function imagesOf(resource: Resource): string[] {
  const { props } = resource;
  const beside = IMAGE_AT[kindOf(resource)];
  const cluster = RAY_AT[kindOf(resource)];
  const named = [
    ...containersOf(resource).map((container) => knownAt(container.props, "image")),
    ...(beside === undefined ? [] : [knownAt(props, ...beside)]),
    ...(cluster === undefined ? [] : [knownAt(props, ...cluster, "autoscalerOptions", "image")]),
  ];
  return [...new Set(named.filter((image): image is string => typeof image === "string"))];
}
