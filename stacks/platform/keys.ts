/** The project's name, which is also the prefix of its configuration keys. */
export const PROJECT = "orchestration-layer";

/**
 * The project's own keys without their prefix. A plain value is text to the engine, and Pulumi writes it back to the stack's
 * file as text (`"3"`): text that is JSON is read as what it says, any other stays what it is (`us-east-1`).
 */
export function ownKeys(all: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const prefix = `${PROJECT}:`;
  return Object.fromEntries(
    Object.entries(all)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), typeof value === "string" ? parseText(value) : value]),
  );
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
