import { CARD_SECTIONS, GATES } from "../../../submission/spec/release/index.ts";
import { releaseRule } from "../rule.ts";

/** `owner` is a name, which may be short. */
const SHORT: readonly string[] = ["owner"];
const PLACEHOLDER = /^\W*(todo|tbd|tba|n\/?a|none|fixme|lorem ipsum\b.*|to be (done|defined|announced))\W*$/is;

export const cardIsComplete = releaseRule(GATES["card-is-complete"], (release, { moreSections, minCharacters }) => {
  const card = release.section("card");
  return [...CARD_SECTIONS, ...moreSections].flatMap((name) => {
    const text = Object.hasOwn(card, name) ? card[name] : undefined;
    if (text === undefined) return [`has a model card without section ${name}`];
    const letters = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
    if (letters === 0) return [`has a model card whose section ${name} is empty`];
    if (PLACEHOLDER.test(text.trim())) return [`has a model card whose section ${name} is a placeholder`];
    const least = SHORT.includes(name) ? 1 : minCharacters;
    return letters < least
      ? [`has a model card whose section ${name} has ${letters} letters; below ${least} it says nothing`]
      : [];
  });
});
