import type { CheckFailure, ResourceIdentity } from "../protocol/provider.ts";
import type { PropertyMap } from "../protocol/values.ts";

const ON_THE_EMBEDDED_ENVIRONMENT = "is not supported by the embedded environment's kubernetes provider";

/** A clear answer for what only the real kubernetes plugin can do; undefined for what is supported here. */
export function unsupportedKind(request: ResourceIdentity & { inputs: PropertyMap }): CheckFailure | undefined {
  const reason = reasonAgainst(request.type);
  return reason === undefined ? undefined : { property: "", reason: `${request.type} "${request.name}" ${reason}` };
}

export function reasonAgainst(type: string): string | undefined {
  if (type.startsWith("kubernetes:helm.sh/")) {
    return `${ON_THE_EMBEDDED_ENVIRONMENT}, which has no Helm: install the system's CRDs there (install: crds) and run its controller beside the API server, or install Pulumi's kubernetes plugin`;
  }
  if (type.startsWith("kubernetes:kustomize")) {
    return `${ON_THE_EMBEDDED_ENVIRONMENT}, which has no kustomize: render the folder (kubectl kustomize) and use kubernetes.yaml.v2.ConfigFile, or install Pulumi's kubernetes plugin`;
  }
  const kind = type.split(":").at(-1) ?? "";
  if (kind.endsWith("Patch") && !type.startsWith("kubernetes:yaml")) {
    return `${ON_THE_EMBEDDED_ENVIRONMENT}: patch resources change what another owner made; declare the object itself, or install Pulumi's kubernetes plugin`;
  }
  if (isList(type))
    return "is a list and no object of its own: declare its items, or use kubernetes.yaml.v2.ConfigGroup, which takes lists apart";
  return undefined;
}

/** Built-in list kinds; a custom kind may be called `...List` (an allow-list, say) and is then an object. */
function isList(type: string): boolean {
  const [, module = "", kind = ""] = type.split(":");
  const group = module.split("/")[0] ?? "";
  return kind.endsWith("List") && (!group.includes(".") || group.endsWith(".k8s.io"));
}
