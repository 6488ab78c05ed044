import { type Findings, show } from "../findings.ts";
import { BOUNDS } from "../limits.ts";
import type { LooseRefs } from "../loose.ts";
import type { Ref, Refs } from "../model.ts";
import { MODEL_VERSION, PORT_NAME } from "../values/names.ts";
import { reportUri } from "./uri.ts";

/** The one name in a refs document that is no ref. */
export const MODEL_VERSION_KEY = "model_version";

/** Refs by name, without `model_version`. */
export function refNames(document: LooseRefs): LooseRefs {
  const { [MODEL_VERSION_KEY]: _version, ...refs } = document;
  return refs;
}

export function checkRefs(document: LooseRefs, findings: Findings): Refs {
  const version = document[MODEL_VERSION_KEY];
  if (typeof version === "string" && !MODEL_VERSION.test(version)) {
    findings.add(
      "value/model-version",
      [MODEL_VERSION_KEY],
      `${show(version)} is no model version; allowed are letters, digits, - _ . with a letter or digit at both ends, at most ${BOUNDS.name}.`,
      { suggestion: "Use e.g. 1.4.2." },
    );
  }
  const refs: Record<string, Ref> = Object.create(null);
  const entries = Object.entries(refNames(document));
  if (entries.length > BOUNDS.refs) {
    findings.add("schema/too-many", [], `There are ${entries.length} refs; there may be at most ${BOUNDS.refs}.`);
  }
  for (const [name, value] of entries) {
    if (!PORT_NAME.test(name)) {
      findings.add(
        "value/port-name",
        [name],
        `${show(name)} cannot name a ref; allowed are a-z, 0-9 and _, beginning with a letter and not ending with _, at most ${BOUNDS.name}.`,
        {
          atKey: true,
          suggestion: "Name it as the nodes' ins do.",
        },
      );
    }
    const uri = typeof value === "string" ? value : value?.uri;
    const snapshot = typeof value === "object" ? value.snapshot : undefined;
    if (typeof uri === "string") reportUri(uri, typeof value === "string" ? [name] : [name, "uri"], findings);
    refs[name] = {
      uri: typeof uri === "string" ? uri : "",
      snapshot: typeof snapshot === "string" ? snapshot : undefined,
    };
  }
  return { refs, modelVersion: typeof version === "string" ? version : undefined };
}
