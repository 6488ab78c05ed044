import { DEFAULTS } from "../defaults.ts";
import { type Findings, oneOf, show } from "../findings.ts";
import { BOUNDS } from "../limits.ts";
import type { LooseParams } from "../loose.ts";
import type { Dag, RuntimeParams } from "../model.ts";
import type { PlatformProfile, Team } from "../profile.ts";
import { didYouMean } from "../suggest.ts";
import { DNS_LABEL } from "../values/names.ts";
import { cpuMillis, memoryBytes } from "../values/quantity.ts";
import { PoolFit } from "./fit.ts";
import { reportLabels } from "./labels.ts";
import { reportDuplicates } from "./node.ts";

/** Checks runtime parameters against the profile and the team, and normalises them. */
export function checkParams(
  params: LooseParams,
  profile: PlatformProfile,
  team: Team | undefined,
  findings: Findings,
): RuntimeParams {
  const { submission_id: id, env, labels = {}, secrets_scope: scopes = [], ttl_days: days } = params;
  if (id !== undefined && !DNS_LABEL.test(id)) {
    const guess = id
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, BOUNDS.name);
    findings.add(
      "value/submission-id",
      ["submission_id"],
      `${show(id)} is no submission id; allowed are a-z, 0-9 and -, with a letter or digit at both ends, at most ${BOUNDS.name}.`,
      { suggestion: DNS_LABEL.test(guess) ? `Did you mean ${guess}?` : undefined },
    );
  }
  if (env !== undefined && !profile.stages.includes(env)) {
    findings.add(
      "platform/unknown-stage",
      ["env"],
      `There is no stage ${show(env)}; there are ${oneOf(profile.stages)}.`,
      {
        suggestion: didYouMean(env, profile.stages),
      },
    );
  }
  reportLabels(labels, ["labels"], findings);
  reportDuplicates(scopes, ["secrets_scope"], findings);
  const known = team === undefined ? undefined : Object.keys(team.secretScopes);
  scopes.forEach((scope, i) => {
    if (known === undefined || known.includes(scope)) return;
    findings.add(
      "platform/unknown-scope",
      ["secrets_scope", i],
      `The team has no secrets scope ${show(scope)}; it has ${oneOf(known)}.`,
      {
        suggestion: didYouMean(scope, known),
      },
    );
  });
  const pool = params.affinity?.compute_pool;
  const pools = profile.pools.map((each) => each.name);
  if (pool !== undefined && !pools.includes(pool)) {
    findings.add(
      "platform/unknown-pool",
      ["affinity", "compute_pool"],
      `There is no pool ${show(pool)}; there are ${oneOf(pools)}.`,
      {
        suggestion: didYouMean(pool, pools),
      },
    );
  }
  if (days !== undefined && days > profile.limits.ttlDays) {
    findings.add(
      "schema/out-of-range",
      ["ttl_days"],
      `ttl_days is ${days}; it must be at most ${profile.limits.ttlDays}.`,
      {
        suggestion: `Use ${profile.limits.ttlDays}.`,
      },
    );
  }
  return {
    submissionId: id ?? "",
    env: env ?? "",
    labels,
    secretsScope: scopes,
    priority: params.priority,
    computePool: pool,
    ttlDays: days ?? Math.min(DEFAULTS.ttlDays, profile.limits.ttlDays),
  };
}

/** What a DAG is checked with where there are no runtime parameters. */
export function assumedParams(profile: PlatformProfile, team: Team | undefined): RuntimeParams {
  return {
    submissionId: DEFAULTS.submissionId,
    env: profile.stages[0] ?? "",
    labels: {},
    secretsScope: team === undefined ? [] : Object.keys(team.secretScopes),
    priority: undefined,
    computePool: undefined,
    ttlDays: Math.min(DEFAULTS.ttlDays, profile.limits.ttlDays),
  };
}

/** `compute_pool` binds the nodes that fit the pool: says so when there are none. */
export function warnUnusedPool(dag: Dag, name: string, profile: PlatformProfile, findings: Findings): void {
  const pool = profile.pools.find((each) => each.name === name);
  if (pool === undefined || dag.nodes.length === 0) return;
  const fit = new PoolFit({ ...profile, pools: [pool] }, undefined);
  const used = dag.nodes.some(({ resources, qos, gpuSlice }) => {
    const demand = { cpuMillis: cpuMillis(resources.cpu), memoryBytes: memoryBytes(resources.mem), gpu: resources.gpu };
    return fit.pools({ ...demand, gpuSlice, qos }).length > 0;
  });
  if (used) return;
  const why = {
    cpu: "no node fits it",
    gpu: "no node that fits it asks for a GPU",
    "gpu-slice": "no node that fits it asks for a gpu_slice",
  }[pool.class];
  findings.add(
    "platform/unused-pool",
    ["affinity", "compute_pool"],
    `The preference for pool ${name} has no effect: ${why}.`,
    {
      severity: "warning",
      suggestion: "Remove it, or choose a pool that the DAG's nodes fit.",
    },
  );
}
