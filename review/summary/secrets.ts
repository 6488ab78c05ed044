/** Names of variables whose value is nobody's business; `..._FILE` and the like name a place, not the secret. */
const SECRET_NAME = /(TOKEN|SECRET|PASSWORD|PASSPHRASE|CREDENTIALS?|PRIVATE_KEY|API_?KEY|ACCESS_KEY(_ID)?)$/i;
/** Shorter ones would blacken words of the summary. */
const SHORTEST = 6;

/** Secrets that are known by their form, wherever they come from. */
const SECRET_FORMS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}\b/g,
  /\bgithub_pat_\w{20,}\b/g,
  /\bhv[sbr]\.[\w-]{20,}/g,
  /\bpul-[0-9a-f]{40}\b/g,
  /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g,
  /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
];

export const MASK = "[secret]";

/** Takes out of a text what is secret in the environment of this process, or looks like a secret. */
export function secretMask(env: Readonly<Record<string, string | undefined>>): (text: string) => string {
  const values = Object.entries(env)
    .flatMap(([name, value]) =>
      value !== undefined && value.length >= SHORTEST && SECRET_NAME.test(name) ? [value] : [],
    )
    // One may begin with another.
    .sort((left, right) => right.length - left.length);
  return (text) => {
    const known = values.reduce((masked, value) => masked.replaceAll(value, MASK), text);
    return SECRET_FORMS.reduce((masked, form) => masked.replace(form, MASK), known);
  };
}
