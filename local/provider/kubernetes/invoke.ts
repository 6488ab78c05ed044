import type { InvokeRequest } from "../protocol/provider.ts";
import { decode, type PropertyMap, reveal } from "../protocol/values.ts";
import { parseManifests } from "./manifests.ts";

/** Serves the functions that the SDK's own components call. */
export async function invoke(request: InvokeRequest): Promise<{ outputs: PropertyMap }> {
  if (request.token === "kubernetes:yaml:decode") {
    const text = reveal(request.args.text ?? null);
    return { outputs: { result: parseManifests(typeof text === "string" ? text : "", "the YAML").map(decode) } };
  }
  const alternative = request.token.includes("helm")
    ? "charts are installed with helm.v3.Release where there is a cluster; on the embedded environment use the system's CRDs (install: crds)"
    : "render the manifests first and use kubernetes.yaml.v2";
  throw new Error(
    `function ${request.token} is not supported by the embedded environment's kubernetes provider: ${alternative}`,
  );
}
