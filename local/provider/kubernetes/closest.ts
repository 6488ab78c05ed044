import { distance } from "fastest-levenshtein";

/** `; did you mean "x"?` for the candidate nearest to what was written, or nothing when none is near. */
export function closest(written: string, candidates: string[]): string {
  let best: { name: string; edits: number } | undefined;
  for (const name of candidates) {
    const edits = distance(written.toLowerCase(), name.toLowerCase());
    if (best === undefined || edits < best.edits) best = { name, edits };
  }
  const near = best !== undefined && best.edits <= Math.max(1, Math.floor(written.length / 3));
  return near ? `; did you mean ${JSON.stringify(best?.name)}?` : "";
}
