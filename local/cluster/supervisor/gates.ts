import { createHash } from "node:crypto";
import { z } from "zod";
import {
  ARGO_CONFIG_MAP,
  ARGO_NAMESPACE,
  PROFILE_KEY,
  PROFILE_LABEL,
  TEAM_PROFILE_KEY,
} from "../../../components/workflow/constants.ts";
import { type Published, parsePublished } from "../../../submission/cli/profile-file.ts";
import type { Setting } from "../processes/process-plan.ts";
import { writePrivate } from "../state-folder.ts";
import { type ProbeAnswer, probe } from "./probe.ts";

/**
 * What a controller needs in the cluster before it can run. The platform stack brings these; controllers start before
 * and wait. A gate that closes again (the stack was destroyed) ends its controller.
 */
export interface Gate {
  /** For people: what is awaited. */
  readonly needs: string;
  /**
   * Undefined while closed. A revision that changes means: the controller must read its configuration again.
   *
   * @throws NoAnswer when the API server did not say
   */
  readonly revision: () => Promise<string | undefined>;
}

/** The API server is busy or away. That opens no gate and closes none: a healthy controller is not ended for it. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

function answered(answer: ProbeAnswer | undefined): ProbeAnswer {
  if (answer === undefined || answer.status === 429 || answer.status >= 500) throw new NoAnswer();
  return answer;
}

export function workflowControllerGate(setting: Setting): Gate {
  const { server, credentials } = setting;
  // Asked as the controller itself: without its rights it would end at once.
  const asController = { ca: credentials.clusterCa, token: credentials.token("workflow-controller") };
  const configMap = `${server}/api/v1/namespaces/${ARGO_NAMESPACE}/configmaps/${ARGO_CONFIG_MAP}`;
  // Whether it may list them is all that is asked: a Workflow of a thousand nodes in the answer would be megabytes, every two seconds.
  const workflows = `${server}/apis/argoproj.io/v1alpha1/workflows?labelSelector=${NOTHING}`;
  return {
    needs: `Argo's CRDs, its service account's rights and the ConfigMap ${ARGO_NAMESPACE}/${ARGO_CONFIG_MAP}`,
    revision: async () => {
      if (!(await serves(setting, "argoproj.io/v1alpha1", ARGO_RESOURCES))) return undefined;
      const [answer, list] = await Promise.all([probe(configMap, asController), probe(workflows, asController)]);
      const config = answered(answer);
      if (config.status !== 200 || answered(list).status !== 200) return undefined;
      const { data } = JSON.parse(config.body) as { data?: Record<string, string> };
      return createHash("sha256")
        .update(JSON.stringify(data ?? {}))
        .digest("hex");
    },
  };
}

export function kueueGate(setting: Setting): Gate {
  return {
    needs: "Kueue's CRDs",
    revision: async () => ((await serves(setting, "kueue.x-k8s.io/v1beta2", KUEUE_RESOURCES)) ? "served" : undefined),
  };
}

export interface ProfileGate extends Gate {
  /** Writes the profile of the last revision to where the service reads it: it runs with exactly what the gate saw. */
  readonly writeProfile: () => Promise<void>;
}

/** The service knows its teams from the start on: what the stacks publish is its configuration. */
export function submissionServiceGate(setting: Setting): ProfileGate {
  const { server, folder } = setting;
  const published = `${server}/api/v1/namespaces/${ARGO_NAMESPACE}/configmaps?labelSelector=${encodeURIComponent(PROFILE_LABEL)}`;
  let platform: Published | undefined;
  let teams: readonly Published[] = [];
  return {
    needs: "the profile of the platform and of a team, which their stacks publish",
    revision: async () => {
      if (!(await serves(setting, "argoproj.io/v1alpha1", ["workflows"]))) return undefined;
      const answer = answered(await get(setting, published));
      if (answer.status !== 200) return undefined;
      const { items } = configMaps.parse(JSON.parse(answer.body));
      const of = (kind: string, key: string): Published[] =>
        items
          .filter(({ metadata }) => metadata.labels[PROFILE_LABEL] === kind)
          .map(({ metadata, data }) => ({ text: data[key] ?? "", source: `ConfigMap ${metadata.name}` }));
      [platform] = of("platform", PROFILE_KEY);
      teams = of("team", TEAM_PROFILE_KEY);
      if (platform === undefined || teams.length === 0) return undefined;
      return createHash("sha256")
        .update(JSON.stringify([platform, teams]))
        .digest("hex");
    },
    writeProfile: async () => {
      if (platform === undefined) return;
      writePrivate(folder.profile, JSON.stringify(await parsePublished(platform, teams)));
    },
  };
}

const configMaps = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
      data: z.record(z.string(), z.string()).default({}),
    }),
  ),
});

/** Whether the API server serves the resource of this CRD (`rayjobs.ray.io`). */
export async function servesCrd(setting: Setting, crd: string, version: string): Promise<boolean> {
  const { plural, groupVersion } = partsOf(crd, version);
  return serves(setting, groupVersion, [plural]).catch((error: unknown) => {
    if (error instanceof NoAnswer) return false;
    throw error;
  });
}

/**
 * Whether its schema is published too, which comes a moment later. KWOK looks it up once, when it first sees a stage of
 * the kind, and does not come back when it finds none.
 */
export async function publishesCrd(setting: Setting, crd: string, version: string): Promise<boolean> {
  const { plural, groupVersion } = partsOf(crd, version);
  const answer = await get(setting, `${setting.server}/openapi/v3/apis/${groupVersion}`);
  return answer?.status === 200 && answer.body.includes(`/${plural}/{name}"`);
}

function partsOf(crd: string, version: string): { plural: string; groupVersion: string } {
  const [plural = "", ...group] = crd.split(".");
  return { plural, groupVersion: `${group.join(".")}/${version}` };
}

/** A selector that nothing matches: no object has this label. */
const NOTHING = encodeURIComponent("orch.dev/none=none");

const ARGO_RESOURCES = [
  "workflows",
  "workflowtemplates",
  "clusterworkflowtemplates",
  "cronworkflows",
  "workflowtasksets",
  "workflowtaskresults",
  "workflowartifactgctasks",
] as const;

const KUEUE_RESOURCES = [
  "admissionchecks",
  "clusterqueues",
  "cohorts",
  "localqueues",
  "multikueueclusters",
  "multikueueconfigs",
  "provisioningrequestconfigs",
  "resourceflavors",
  "topologies",
  "workloadpriorityclasses",
  "workloads",
] as const;

/** Asks discovery, which is small; the CRDs themselves are megabytes. */
async function serves(setting: Setting, groupVersion: string, plurals: readonly string[]): Promise<boolean> {
  const answer = answered(await get(setting, `${setting.server}/apis/${groupVersion}`));
  if (answer.status !== 200) return false;
  const { resources } = JSON.parse(answer.body) as { resources: { name: string }[] };
  const served = new Set(resources.map((resource) => resource.name));
  return plurals.every((plural) => served.has(plural));
}

function get({ credentials }: Setting, url: string): Promise<ProbeAnswer | undefined> {
  return probe(url, { ca: credentials.clusterCa, ...credentials.pair("admin") });
}
