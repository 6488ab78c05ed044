/** An image reference by the distribution grammar: `[host[:port]/]path[:tag][@algorithm:digest]`. */
export interface ImageReference {
  /** Without tag and digest, as written. */
  readonly repository: string;
  /** With the host and `library/` that an image of the default registry leaves out. */
  readonly fullRepository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const HOST =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const SHA256 = /^sha256:[0-9a-f]{64}$/;
const MOST_NAME = 255;

/** The reference, or what is wrong with the text. */
export function parseImage(text: string): ImageReference | string {
  if (text === "") return "is empty";
  if (/\s/.test(text)) return "holds white space";
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined) {
    if (!DIGEST.test(digest)) return "has a digest that is not algorithm:hex";
    if (digest.startsWith("sha256:") && !SHA256.test(digest))
      return "has a sha256 digest that is not 64 hexadecimal digits";
  }
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  if (tag !== undefined && !TAG.test(tag)) return "has a tag that is not of letters, digits, _ . - (128 at most)";
  const repository = colon < 0 ? named : named.slice(0, colon);
  if (repository === "") return "has no name";
  if (repository.length > MOST_NAME) return `has a name of more than ${MOST_NAME} characters`;
  const parts = repository.split("/");
  const first = parts[0] ?? "";
  const hasHost = parts.length > 1 && (/[.:[]/.test(first) || first === "localhost" || /[A-Z]/.test(first));
  if (hasHost && !HOST.test(first)) return `has ${JSON.stringify(first)} where a registry host belongs`;
  for (const part of hasHost ? parts.slice(1) : parts) {
    if (COMPONENT.test(part)) continue;
    if (part === "") return "has an empty part in its name";
    if (/[A-Z]/.test(part)) return "has capital letters in its name";
    return `has ${JSON.stringify(part)} in its name, which is not of a-z, 0-9 and single separators . _ -`;
  }
  const fullRepository = hasHost ? repository : `docker.io/${parts.length === 1 ? "library/" : ""}${repository}`;
  return { repository, fullRepository, tag, digest };
}
