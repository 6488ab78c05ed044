import { z } from "zod";
import { resourceRule } from "../../verdict/rule.ts";
import { comesFrom } from "../image.ts";
import { imagesOf, namesImages } from "../pods.ts";

export const imagesComeFromAllowedRegistries = resourceRule({
  name: "images-come-from-allowed-registries",
  description: "Images come from the registries that the environment allows.",
  why: "an image from anywhere is a program from anybody, with the rights of the account it runs under.",
  fix: "mirror the image into a registry of ours, or have its prefix added to `prefixes` in the settings of images-come-from-allowed-registries.",
  settings: z.strictObject({
    /** `ghcr.io/archetype/` for all below, `docker.io/rayproject/ray` for one repository. Default: none, and nothing passes. */
    prefixes: z.array(z.string().min(1)).default([]),
  }),
  applies: namesImages,
  check: (resource, { prefixes }) =>
    imagesOf(resource)
      .filter((image) => !prefixes.some((prefix) => comesFrom(image, prefix)))
      .map(
        (image) =>
          `runs image ${image}, which comes from none of ${prefixes.join(", ") || "the allowed registries, of which there are none"}`,
      ),
});
