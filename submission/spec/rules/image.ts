import type { Findings, Path } from "../findings.ts";
import { oneOf, show } from "../findings.ts";
import type { PlatformProfile } from "../profile.ts";
import { nearest } from "../suggest.ts";
import { type ImageReference, parseImage } from "../values/image.ts";

/** Checks image references against the grammar and the profile; a DAG has few different ones, so each is read once. */
export class ImageRules {
  readonly #images: PlatformProfile["images"];
  readonly #known = new Map<string, ImageReference | string>();
  readonly #accepted = new Set<string>();

  constructor(images: PlatformProfile["images"]) {
    this.#images = images;
  }

  /** It was reported on before, and nothing was wrong with it. */
  accepts(image: string): boolean {
    return this.#accepted.has(image);
  }

  report(image: string, path: Path, findings: Findings): void {
    const before = findings.list.length;
    this.#check(image, path, findings);
    if (findings.list.length === before) this.#accepted.add(image);
  }

  #check(image: string, path: Path, findings: Findings): void {
    const reference = this.#parse(image);
    if (typeof reference === "string") {
      const lower = image.toLowerCase().trim();
      findings.add("value/image", path, `The image ${show(image)} ${reference}.`, {
        suggestion:
          typeof this.#parse(lower) === "string"
            ? "Write [host[:port]/]name[:tag][@sha256:digest]."
            : `Did you mean ${lower}?`,
      });
      return;
    }
    const { allowedPrefixes, requireDigest } = this.#images;
    const allowed = allowedPrefixes.some(
      (prefix) => isUnder(reference.repository, prefix) || isUnder(reference.fullRepository, prefix),
    );
    if (allowedPrefixes.length > 0 && !allowed) {
      const near = nearest(reference.repository.slice(0, 64), allowedPrefixes);
      findings.add("node/image-not-allowed", path, `The image ${show(image)} is not from ${oneOf(allowedPrefixes)}.`, {
        suggestion:
          near === undefined
            ? "Use an image from an allowed repository, or mirror this one there."
            : `Did you mean ${near}...?`,
      });
    }
    if (requireDigest && reference.digest === undefined) {
      findings.add("node/image-digest", path, `The image ${show(image)} has no digest; this environment demands one.`, {
        suggestion: `Write ${reference.repository}@sha256:...`,
      });
    }
  }

  #parse(image: string): ImageReference | string {
    let parsed = this.#known.get(image);
    if (parsed === undefined) {
      parsed = parseImage(image);
      this.#known.set(image, parsed);
    }
    return parsed;
  }
}

/** Whole path segments only: the prefix `ghcr.io/archetype` does not let in `ghcr.io/archetype-imitated`. */
function isUnder(repository: string, prefix: string): boolean {
  return prefix.endsWith("/")
    ? repository.startsWith(prefix)
    : repository === prefix || repository.startsWith(`${prefix}/`);
}
