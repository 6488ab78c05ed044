export { ModelRelease, type ModelReleaseArgs, planEvidenceFiles, planModelRelease } from "./model-release.ts";
export {
  ModelRoute,
  type ModelRouteArgs,
  planModelRoute,
  type RoutedRelease,
  SERVE_SERVICE_SUFFIX,
} from "./model-route.ts";
