import { createRequire } from "node:module";
import { oneOf } from "./findings.ts";

type Levenshtein = typeof import("fastest-levenshtein");
const require = createRequire(import.meta.url);
let loaded: Levenshtein | undefined;

/** The candidate that a misspelt word is nearest to, when it is near enough to be meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 64 || candidates.length === 0) return undefined;
  loaded ??= require("fastest-levenshtein") as Levenshtein;
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_.\s]/g, "");
  const meant = plain(word);
  let best: string | undefined;
  // One letter in three may be wrong; of a word of one or two letters, none.
  let bestDistance = Math.floor(meant.length / 3) + 1;
  for (const candidate of candidates) {
    // Separators can add to a name's length; beyond that, lengths bound the distance from below.
    if (candidate.length < meant.length - bestDistance) continue;
    const distance = loaded.distance(meant, plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `Did you mean x?`, or the list of what is allowed. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === undefined ? `Use ${oneOf(candidates)}.` : `Did you mean ${near}?`;
}
