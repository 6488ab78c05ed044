import { GATES, RELEASE_ANNOTATION } from "../../../submission/spec/release/index.ts";
import { NotDecided, UNKNOWN, valueAt } from "../../verdict/known.ts";
import { CHART, kindOf, ofKind } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";
import { ServedRelease } from "../served-release.ts";

/** Answers requests by its nature, in whatever namespace. */
const SERVES = ["kubernetes:ray.io/RayService", "kubernetes:serving.kserve.io/InferenceService"];
/** Answers requests where it stands in a serving namespace. */
const RUNS = [
  "kubernetes:core/Pod",
  "kubernetes:apps/Deployment",
  "kubernetes:apps/StatefulSet",
  "kubernetes:apps/DaemonSet",
  "kubernetes:apps/ReplicaSet",
  "kubernetes:batch/Job",
  "kubernetes:batch/CronJob",
  "kubernetes:ray.io/RayCluster",
  // What a chart renders no policy sees.
  CHART,
];

export const servingHasRelease = resourceRule({
  ...GATES["serving-has-release"],
  applies: ofKind(...SERVES, ...RUNS),
  check(resource, { namespaces, exempt }) {
    const kind = kindOf(resource);
    const at = kind === CHART ? [] : ["metadata"];
    const [namespace, name] = ["namespace", "name"].map((field) => valueAt(resource.props, ...at, field));
    if (!SERVES.includes(kind)) {
      if (namespace === UNKNOWN) throw new NotDecided("its namespace");
      if (!namespaces.some((serving) => serving === namespace)) return [];
    }
    const annotation = valueAt(resource.props, "metadata", "annotations", RELEASE_ANNOTATION);
    if (annotation === undefined) {
      return exempt.includes(`${String(namespace)}/${String(name)}`)
        ? []
        : [`serves without a release: it has no annotation ${RELEASE_ANNOTATION}`];
    }
    const { release } = new ServedRelease(resource).manifest;
    if (kind !== SERVES[0]) return [`claims to be release ${release}; a release is served by a RayService`];
    if (name === UNKNOWN) throw new NotDecided("its name");
    return name === release ? [] : [`claims to be release ${release}; a release and its RayService have one name`];
  },
});
