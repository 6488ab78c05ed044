import { z } from "zod";
import type { CheckFailure } from "../protocol/provider.ts";
import { hasUnknown, isMap, type PropertyMap, reveal } from "../protocol/values.ts";
import { closest } from "./closest.ts";

/** Booleans reach a provider as such or as text. */
const flag = z.union([z.boolean(), z.stringbool()]).optional();

const schema = z.object({
  kubeconfig: z.string().optional(),
  context: z.string().optional(),
  cluster: z.string().optional(),
  namespace: z.string().optional(),
  enablePatchForce: flag,
  enableConfigMapMutable: flag,
  enableSecretMutable: flag,
  enableServerSideApply: flag,
  upsertExistingObjects: flag,
  deleteUnreachable: flag,
  suppressDeprecationWarnings: flag,
});
export type Configuration = z.infer<typeof schema>;

/** Arguments of the real provider that mean nothing here and may stay. */
const IGNORED = new Set([
  "version",
  "pluginDownloadURL",
  "clusterIdentifier",
  "suppressHelmHookWarnings",
  "kubeClientSettings",
  "helmReleaseSettings",
  "skipUpdateUnreachable",
  "strictMode",
]);
/** Arguments that would change what happens and that the embedded provider does not do. */
const REFUSED: Record<string, string> = {
  renderYamlToDirectory:
    "rendering to a directory is not supported by the embedded provider: use Pulumi's kubernetes plugin for it",
  alwaysRender:
    "rendering to a directory is not supported by the embedded provider: use Pulumi's kubernetes plugin for it",
};

/** Finds what is wrong with the provider's arguments, without reading the kubeconfig. */
export function configurationFailures(inputs: PropertyMap): CheckFailure[] {
  const failures: CheckFailure[] = [];
  for (const [key, value] of Object.entries(inputs)) {
    if (value === null || IGNORED.has(key)) continue;
    const refused = REFUSED[key];
    if (refused !== undefined) failures.push({ property: key, reason: refused });
    else if (!(key in schema.shape))
      failures.push({ property: key, reason: `unknown argument${closest(key, Object.keys(schema.shape))}` });
  }
  const known = Object.fromEntries(
    Object.entries(inputs).filter(([key, value]) => key in schema.shape && value !== null && !hasUnknown(value)),
  );
  const parsed = schema.safeParse(plain(known));
  for (const issue of parsed.error?.issues ?? [])
    failures.push({ property: issue.path.join("."), reason: issue.message });
  if (parsed.data?.enableServerSideApply === false) {
    failures.push({
      property: "enableServerSideApply",
      reason: "the embedded provider always uses server-side apply: leave this out or set it to true",
    });
  }
  return failures;
}

/** @throws ZodError when `configurationFailures` would have named something */
export function parseConfiguration(inputs: PropertyMap): Configuration {
  return schema.parse(
    plain(Object.fromEntries(Object.entries(inputs).filter(([key, value]) => key in schema.shape && value !== null))),
  );
}

function plain(map: PropertyMap): PropertyMap {
  const revealed = reveal(map);
  return isMap(revealed) ? revealed : {};
}
