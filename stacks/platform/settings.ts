import type { Cluster } from "../../components/cluster/index.ts";
import { OPERATOR_KINDS, OPERATORS } from "../../components/compute/index.ts";
import type { NetworkAccess } from "../../components/security/index.ts";
import type { Installation } from "../../components/system/index.ts";
import type { ArgoConfigArgs, CreatedKind } from "../../components/workflow/index.ts";
import type { Machine } from "./machine.ts";
import type { PlatformConfig, System } from "./schema.ts";

/** From configuration to the arguments of components: only what is more than handing a value on. */

/** Argo's settings; logs are archived beside what the runs write. */
export function argoSettings({ argo, storage, region }: PlatformConfig): ArgoConfigArgs {
  const { requeueTime: _, ...settings } = argo;
  if (!storage.archiveLogs) return settings;
  const [bucket = "", ...path] = storage.uri.slice("s3://".length).split("/");
  return { ...settings, logs: { bucket, prefix: path.join("/"), region } };
}

/** Kinds that a team's DAGs may create: those of the installed operators, and what `custom_crd` allows. */
export function createdKinds({ systems, customKinds }: PlatformConfig): CreatedKind[] {
  const ofOperators = OPERATORS.filter((operator) => systems[operator] !== "off").map(
    (operator) => OPERATOR_KINDS[operator],
  );
  return [...ofOperators, ...customKinds].map(({ apiVersion, resource }) => ({ apiVersion, resource }));
}

/** What the pods of a team may talk to. */
export function teamAccess({ egress }: PlatformConfig, { facts }: Cluster): NetworkAccess {
  return { apiServer: facts.apiServer, egress };
}

/** How a system comes in: its chart, or the definitions that this machine has of it. */
export function installation(system: System, { chartMirror }: PlatformConfig, { crds }: Machine): Installation {
  const files = crds[system];
  return files === undefined ? { install: "chart", mirror: chartMirror } : { install: "crds", files };
}
