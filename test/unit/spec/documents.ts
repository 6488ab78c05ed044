import { readFileSync } from "node:fs";
import {
  type CheckResult,
  check,
  type Diagnostic,
  localProfile,
  type PlatformProfile,
} from "../../../submission/spec/index.ts";

const fixtures = new URL("../../fixtures/dags/", import.meta.url);
const samples = new URL("../../../submission/samples/", import.meta.url);

export const fixture = (name: string): string => readFileSync(new URL(name, fixtures), "utf8");
export const sample = (name: string): string => readFileSync(new URL(name, samples), "utf8");

/** A document of which every part can be set: what a test changes is what it is about. */
export function dagWith(
  change: Record<string, unknown> = {},
  nodeChange: Record<string, unknown> = {},
): Record<string, unknown> {
  const node = { id: "a", kind: "python_task", image: "registry.example/team/task:1", ...nodeChange };
  return { version: 1, pipeline_id: "sample", nodes: [node], ...change };
}

export function checkJson(
  dag: unknown,
  options: { params?: unknown; refs?: unknown; profile?: PlatformProfile; team?: string } = {},
): CheckResult {
  const text = (value: unknown, source: string) =>
    value === undefined ? undefined : { text: JSON.stringify(value, null, 1), source };
  return check({
    dag: { text: typeof dag === "string" ? dag : JSON.stringify(dag, null, 1), source: "dag.json" },
    params: text(options.params, "params.json"),
    refs: text(options.refs, "refs.json"),
    profile: options.profile ?? localProfile(),
    team: options.team,
  });
}

export function checkYaml(text: string): CheckResult {
  return check({ dag: { text, source: "dag.yaml" }, profile: localProfile() });
}

export const codes = (result: CheckResult): string[] => result.diagnostics.map((each: Diagnostic) => each.code);

/** Profiles that differ from the built-in one in what a fixture needs. */
export function profileNamed(name: string | undefined): PlatformProfile {
  const local = localProfile();
  const research = local.teams.research;
  if (research === undefined) throw new Error("the local profile has no team research");
  switch (name) {
    case undefined:
      return local;
    case "small":
      return { ...local, limits: { ...local.limits, nodes: 2, edges: 2 } };
    case "bare":
      return { ...local, images: { ...local.images, byKind: {} } };
    case "strict":
      return { ...local, images: { ...local.images, allowedPrefixes: ["ghcr.io/archetype/"], requireDigest: true } };
    case "prefixes":
      return { ...local, images: { ...local.images, allowedPrefixes: ["ghcr.io/archetype/"] } };
    case "whole":
      return { ...local, pools: local.pools.filter((pool) => pool.class !== "gpu-slice") };
    case "poor": {
      const few = {
        nominal: { cpu: "100", mem: "500Gi", gpu: 2 },
        borrowable: { cpu: "50", mem: "250Gi", gpu: 1 },
      };
      return {
        ...local,
        teams: { research: { ...research, quota: { ...research.quota, gpu: few, gpu_spot: few } } },
      };
    }
    default:
      throw new Error(`no profile ${name}`);
  }
}
