import type { CheckRequest, CheckResult, ConstructRequest, ConstructResult, EngineLog } from "../protocol/provider.ts";
import type { PropertyMap } from "../protocol/values.ts";
import { StandInProvider } from "../standin/provider.ts";
import { construct } from "./construct.ts";
import { autoname } from "./naming.ts";
import { gvkOfToken } from "./object.ts";
import { previewOutputs } from "./outputs.ts";
import { reasonAgainst } from "./unsupported.ts";

/** Previews Kubernetes resources of a cluster that does not exist yet, by the types that the npm package declares. */
export class PreviewOnly extends StandInProvider {
  readonly #log: EngineLog;

  constructor(log: EngineLog) {
    super("kubernetes", log);
    this.#log = log;
  }

  override async check(request: CheckRequest): Promise<CheckResult> {
    // A chart is declared like any other type; lists and patches are refused as in a cluster.
    const refusal = request.type.startsWith("kubernetes:helm.sh/v3:Release") ? undefined : reasonAgainst(request.type);
    if (refusal !== undefined)
      return {
        inputs: request.inputs,
        failures: [{ property: "", reason: `${request.type} "${request.name}" ${refusal}` }],
      };
    if (isHelm(request.type)) return super.check(request);
    const named = { ...request, inputs: autoname(request.inputs, request) };
    return isCustom(request.type)
      ? { inputs: named.inputs, failures: customFailures(named.inputs) }
      : super.check(named);
  }

  override async create(request: Parameters<StandInProvider["create"]>[0]) {
    const result = await super.create(request);
    return isHelm(request.type) ? result : { id: "", outputs: previewOutputs(request.inputs) };
  }

  construct(request: ConstructRequest): Promise<ConstructResult> {
    // Which kinds have a namespace only a server knows; the default one goes without saying in a preview.
    return construct(request, { isNamespaced: async () => undefined, namespace: "default", log: this.#log });
  }
}

function isHelm(type: string): boolean {
  return type.startsWith("kubernetes:helm.sh/");
}

/** Written by Kubernetes' own people, and installed as CustomResourceDefinitions all the same. */
const INSTALLED_APART = ["gateway.networking.k8s.io"];

/** A group with a dot that is not Kubernetes' own belongs to a CustomResourceDefinition. */
function isCustom(type: string): boolean {
  const { group } = gvkOfToken(type);
  if (INSTALLED_APART.includes(group)) return true;
  return group.includes(".") && !group.endsWith(".k8s.io") ? true : group.endsWith(".x-k8s.io");
}

function customFailures(inputs: PropertyMap) {
  return ["apiVersion", "kind"]
    .filter((key) => typeof inputs[key] !== "string")
    .map((key) => ({ property: key, reason: "this argument is required" }));
}
