/** How an image is named: `[registry/]name[:tag][@digest]`. */
export interface Image {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

export function parseImage(image: string): Image {
  const [named = "", digest] = image.split("@");
  // A colon before the last slash belongs to the registry's port.
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  return {
    repository: colon < 0 ? named : named.slice(0, colon),
    tag: colon < 0 ? undefined : named.slice(colon + 1),
    digest: digest !== undefined && /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : undefined,
  };
}

/** A prefix ends where a name ends: `ghcr.io/us` does not let `ghcr.io/us-and-them` in. */
export function comesFrom(image: string, prefix: string): boolean {
  const { repository } = parseImage(image);
  return prefix.endsWith("/") ? repository.startsWith(prefix) : repository === prefix;
}
