import type { Findings } from "../findings.ts";
import type { Qos, Retry } from "../model.ts";
import type { PlatformProfile, Team } from "../profile.ts";
import type { PoolFit } from "./fit.ts";
import type { ImageRules } from "./image.ts";
import type { ResourceRules } from "./resources.ts";

/** What the rules of one DAG share. */
export interface DagContext {
  readonly findings: Findings;
  readonly profile: PlatformProfile;
  readonly team: Team | undefined;
  readonly fit: PoolFit;
  readonly images: ImageRules;
  readonly resources: ResourceRules;
  /** From `slo`. */
  readonly maxRuntimeSeconds: number;
  readonly retry: Retry;
  readonly qos: Qos;
  /** Scopes the submission has; undefined where a DAG is checked without runtime parameters. */
  readonly grantedScopes: ReadonlySet<string> | undefined;
  readonly zones: ReadonlySet<string>;
}
