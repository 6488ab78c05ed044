/**
 * What the kubelet does to a container's env values, command and args, by the reference: `$(NAME)` is the value of a variable that is
 * defined before, or itself where there is none; `$$` is `$`; anything else is itself.
 */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  let out = "";
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "$" || at + 1 === text.length) {
      out += text[at];
      continue;
    }
    const next = text[at + 1];
    if (next === "$") {
      out += "$";
      at++;
    } else if (next === "(") {
      const end = text.indexOf(")", at + 2);
      if (end < 0) {
        out += "$(";
        at++;
      } else {
        const name = text.slice(at + 2, end);
        out += variables.get(name) ?? `$(${name})`;
        at = end;
      }
    } else {
      out += `$${next}`;
      at++;
    }
  }
  return out;
}

export interface Process {
  readonly env: ReadonlyMap<string, string>;
  readonly argv: readonly string[];
}

/** The process a container becomes. */
export function processOf(container: {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}): Process {
  const env = new Map<string, string>();
  for (const { name, value } of container.env ?? []) env.set(name, expand(value ?? "", env));
  const argv = [...(container.command ?? []), ...(container.args ?? [])].map((word) => expand(word, env));
  return { env, argv };
}
