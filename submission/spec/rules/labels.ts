import { type Findings, type Path, show } from "../findings.ts";
import { BOUNDS } from "../limits.ts";
import {
  isReservedLabel,
  LABEL_VALUE,
  labelKeyProblem,
  RESERVED_LABEL_PREFIXES,
  RESERVED_LABELS,
} from "../values/names.ts";

/** Labels as Kubernetes accepts them, and none that the platform, Argo, Kueue or Kubernetes owns. */
export function reportLabels(labels: Readonly<Record<string, unknown>>, path: Path, findings: Findings): void {
  const entries = Object.entries(labels);
  if (entries.length > BOUNDS.labels) {
    findings.add(
      "schema/too-many",
      path,
      `There are ${entries.length} labels; there may be at most ${BOUNDS.labels}.`,
      {
        suggestion: "Labels select; put the rest into params.",
      },
    );
  }
  for (const [key, value] of entries) {
    const at = [...path, key];
    const problem = labelKeyProblem(key);
    if (problem !== undefined) {
      findings.add("value/label-key", at, `The label key ${show(key)} ${problem}.`, {
        atKey: true,
        suggestion: guess(key, (text) => labelKeyProblem(text) === undefined),
      });
    } else if (isReservedLabel(key)) {
      const reserved = [...RESERVED_LABELS, ...RESERVED_LABEL_PREFIXES.map((each) => `${each}/`)];
      findings.add("value/label-reserved", at, `The label ${key} is reserved, as are ${reserved.join(", ")}.`, {
        atKey: true,
        suggestion: "Choose another key.",
      });
    }
    if (typeof value !== "string") continue;
    if (LABEL_VALUE.test(value)) continue;
    const length = value.length > BOUNDS.name ? ` (it has ${value.length})` : "";
    findings.add(
      "value/label-value",
      at,
      `The label ${show(key)} has the value ${show(value)}; allowed are letters, digits, - _ . with a letter or digit at both ends, at most ${BOUNDS.name}${length}.`,
      { suggestion: guess(value, (text) => LABEL_VALUE.test(text)) },
    );
  }
}

function guess(text: string, accepted: (text: string) => boolean): string | undefined {
  const meant = text
    .slice(0, BOUNDS.name)
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[._-]+|[._-]+$/g, "");
  return meant !== "" && accepted(meant) ? `Did you mean ${meant}?` : undefined;
}
