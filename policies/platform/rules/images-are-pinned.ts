import { z } from "zod";
import { resourceRule } from "../../verdict/rule.ts";
import { parseImage } from "../image.ts";
import { imagesOf, namesImages } from "../pods.ts";

export const imagesArePinned = resourceRule({
  name: "images-are-pinned",
  description: "An image is named by its digest or, where the environment allows it, by a tag that is not latest.",
  why: "whoever can push a tag can change what runs here without a review, and two nodes may run two images of one name.",
  fix: "name the image by its digest (registry/name@sha256:...), or put its repository under `tags` in the settings of images-are-pinned where nobody records its digest.",
  settings: z.strictObject({
    /** Repositories, e.g. `registry.k8s.io/pause`, whose images may be named by a tag; `*`: every one. Default: none. */
    tags: z.array(z.string()).default([]),
  }),
  applies: namesImages,
  check: (resource, { tags }) =>
    imagesOf(resource).flatMap((image) => {
      const { repository, tag, digest } = parseImage(image);
      if (digest !== undefined) return [];
      if (tag === undefined || tag === "latest") return [`runs image ${image}, which is whatever was pushed last`];
      return tags.includes("*") || tags.includes(repository)
        ? []
        : [`runs image ${image} by its tag; it must be named by its digest`];
    }),
});
