import { createHash, randomBytes } from "node:crypto";
import type { CheckRequest } from "../protocol/provider.ts";
import type { PropertyMap } from "../protocol/values.ts";
import { annotation, isUnknownIn, metadataString, withAnnotation, withMetadata } from "./object.ts";

/** Marks an object whose name the provider made: such an object can be replaced without deleting the old one first. */
export const AUTONAMED = "pulumi.com/autonamed";
const SUFFIX_LENGTH = 8;

/**
 * Gives an object without a name the one it had, or a new one: the resource's name and eight hexadecimal digits from the
 * engine's seed, so that the preview shows the name the update uses.
 *
 * @throws Error when the project's configuration turns autonaming off
 */
export function autoname(
  inputs: PropertyMap,
  request: Pick<CheckRequest, "name" | "oldInputs" | "randomSeed" | "autonaming">,
): PropertyMap {
  if (metadataString(inputs, "name") !== undefined || isUnknownIn(inputs, "name")) return inputs;
  const oldName = metadataString(request.oldInputs, "name");
  if (oldName !== undefined && isAutonamed(request.oldInputs)) return named(inputs, oldName);
  if (request.autonaming?.mode === "disable")
    throw new Error("autonaming is turned off in this project: set metadata.name");
  if (request.autonaming !== undefined && request.autonaming.proposedName !== "")
    return named(inputs, request.autonaming.proposedName);
  return named(inputs, `${request.name}-${suffix(request.randomSeed)}`);
}

export function isAutonamed(inputs: PropertyMap): boolean {
  return annotation(inputs, AUTONAMED) === "true";
}

function named(inputs: PropertyMap, name: string): PropertyMap {
  return withAnnotation(withMetadata(inputs, { name }), AUTONAMED, "true");
}

function suffix(seed: Uint8Array): string {
  const digest = seed.length === 0 ? randomBytes(SUFFIX_LENGTH) : createHash("sha256").update(seed).digest();
  return digest.toString("hex").slice(0, SUFFIX_LENGTH);
}
