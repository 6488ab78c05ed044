import { approvalProblems, TEAM_ROLES, teamNamespace } from "../../components/team/index.ts";
import type { Finding } from "../configuration.ts";
import type { PlatformContract } from "../platform-contract.ts";
import { quotaFindings } from "./quotas.ts";
import type { TeamConfig } from "./schema.ts";

type Checked = Partial<TeamConfig>;

/** What the other teams' files of the same environment say that matters to this one. */
export interface Sibling {
  readonly stack: string;
  readonly name: string | undefined;
  /** Undefined: not readable, so that the sum cannot be told. */
  readonly quota: TeamConfig["quota"] | undefined;
}

export interface Surroundings {
  readonly siblings: readonly Sibling[];
  /** What the platform gives; undefined when that could not be read, which is a mistake of its own. */
  readonly platform: PlatformContract | undefined;
  /** `YYYY-MM-DD`, in UTC. */
  readonly today: string;
}

/** What no single key can tell: how they fit together, and with the platform and the other teams. */
export function teamFindings(config: Checked, around: Surroundings): Finding[] {
  return [names, burst, groups, scopes, limits, rayCluster, quotaFindings].flatMap((check) => check(config, around));
}

const at = (path: string, message: string): Finding => ({ path: path.split("."), message });
const listed = (all: readonly string[]) => (all.length === 0 ? "it has none" : `there are ${all.join(", ")}`);

/** Names that would be read as something of the platform's own. */
const RESERVED = ["default", "kube", "kube-system", "orch", "orchestr", "others", "platform", "system", "teams"];

function names({ name }: Checked, { siblings, platform }: Surroundings): Finding[] {
  if (name === undefined) return [];
  const others = siblings.filter((sibling) => sibling.name === name).map(({ stack }) => `Pulumi.${stack}.yaml`);
  const namespace = teamNamespace(name);
  const { toNamespaces = [], fromNamespaces = [] } = platform?.network ?? {};
  const taken = [...toNamespaces, ...fromNamespaces].some((peer) => peer.namespace === namespace);
  return [
    ...(RESERVED.includes(name) ? [at("name", `${name} is reserved (${RESERVED.join(", ")})`)] : []),
    ...(taken ? [at("name", `its namespace ${namespace} belongs to the platform`)] : []),
    ...(others.length > 0
      ? [at("name", `${name} is the name in ${others.join(" and ")}, too: one team has one file in an environment`)]
      : []),
  ];
}

function burst({ burst }: Checked, { today }: Surroundings): Finding[] {
  if (burst === undefined) return [];
  return approvalProblems(burst.approved, today).map((problem) => at("burst.approved", problem));
}

function groups({ groups }: Checked, { platform }: Surroundings): Finding[] {
  if (groups === undefined || platform === undefined) return [];
  return TEAM_ROLES.flatMap((role) =>
    groups[role]
      .filter((group) => !platform.groups.includes(group))
      .map((group) => at(`groups.${role}`, `the platform knows no group ${group}; ${listed(platform.groups)}`)),
  );
}

function scopes({ secretScopes, rayCluster }: Checked, { platform }: Surroundings): Finding[] {
  if (secretScopes === undefined) return [];
  const password = rayCluster?.redis?.secretScope;
  return [
    ...(platform === undefined ? [] : secretScopes.filter((scope) => !platform.secretScopes.includes(scope))).map(
      (scope) =>
        at("secretScopes", `there is no scope ${scope} in the platform; ${listed(platform?.secretScopes ?? [])}`),
    ),
    ...(new Set(secretScopes).size < secretScopes.length ? [at("secretScopes", "names a scope twice")] : []),
    ...(password !== undefined && !secretScopes.includes(password)
      ? [at("rayCluster.redis.secretScope", `${password} is none of the team's secretScopes`)]
      : []),
  ];
}

function limits({ limits }: Checked, { platform }: Surroundings): Finding[] {
  if (limits === undefined) return [];
  const unknown = Object.keys(limits.storageClasses).filter((name) => !platform?.storageClasses.includes(name));
  return [
    ...(platform === undefined ? [] : unknown).map((name) =>
      at(
        `limits.storageClasses.${name}`,
        `the platform has no such storage class; ${listed(platform?.storageClasses ?? [])}`,
      ),
    ),
    ...(limits.volumeGi > limits.storageGi
      ? [at("limits.volumeGi", `one volume of ${limits.volumeGi} GiB is more than all together, ${limits.storageGi}`)]
      : []),
  ];
}

function rayCluster({ rayCluster, quota }: Checked, { platform }: Surroundings): Finding[] {
  if (rayCluster === undefined) return [];
  const { workers, pool } = rayCluster;
  const gpus = quota?.[pool]?.gpu ?? 0;
  return [
    ...(platform?.rayClusters === false ? [at("rayCluster", "the platform has no operator of RayClusters")] : []),
    ...(workers.min > workers.max || workers.replicas > workers.max
      ? [at("rayCluster.workers", `min and replicas must not be above max ${workers.max}`)]
      : []),
    ...(quota !== undefined && workers.max > gpus
      ? [
          at(
            "rayCluster.workers.max",
            `is ${workers.max}, but the team has a quota of ${gpus} GPUs in ${pool}: the rest would wait for ever`,
          ),
        ]
      : []),
  ];
}
