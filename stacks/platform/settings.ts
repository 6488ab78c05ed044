import { OPERATOR_KINDS, OPERATORS } from "../../components/compute/index.ts";
import type { Installation } from "../../components/system/index.ts";
import type { ArgoConfigArgs, CreatedKind } from "../../components/workflow/index.ts";
import type { Machine } from "./machine.ts";
import type { PlatformConfig, System } from "./schema.ts";

/** From configuration to the arguments of components: only what is more than handing a value on. */

/** Argo's settings; logs are archived beside what the runs write. */
export function argoSettings({ argo, storage, region }: PlatformConfig): ArgoConfigArgs {
  const { parallelism, teamParallelism, handWritten, retained, metricsPort } = argo;
  const given = Object.entries({ parallelism, teamParallelism, handWritten, retained, metricsPort });
  const settings: ArgoConfigArgs = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  return storage.archiveLogs ? { ...settings, logs: { ...artifactLocation({ storage }), region } } : settings;
}

/** Bucket of what runs read and write, and the path below it without slashes at its ends. */
export function artifactLocation({ storage }: Pick<PlatformConfig, "storage">): { bucket: string; prefix: string } {
  const [bucket = "", ...path] = storage.uri.slice("s3://".length).split("/");
  return { bucket, prefix: path.join("/") };
}

/** Kinds that a team's DAGs may create: those of the installed operators, and what `custom_crd` allows. */
export function createdKinds({ systems, customKinds }: PlatformConfig): CreatedKind[] {
  const ofOperators = OPERATORS.filter((operator) => systems[operator] !== "off").map(
    (operator) => OPERATOR_KINDS[operator],
  );
  return [...ofOperators, ...customKinds].map(({ apiVersion, resource }) => ({ apiVersion, resource }));
}

/** How a system comes in: its chart, or the definitions that this machine has of it. */
export function installation(system: System, { chartMirror }: PlatformConfig, { crds }: Machine): Installation {
  const files = crds[system];
  return files === undefined ? { install: "chart", mirror: chartMirror } : { install: "crds", files };
}
