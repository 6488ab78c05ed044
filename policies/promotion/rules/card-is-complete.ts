import { z } from "zod";
import { CARD_SECTIONS } from "../../../submission/spec/release/index.ts";
import { releaseRule } from "../rule.ts";

const settings = z.strictObject({
  /** Sections besides those that every card has. */
  moreSections: z.array(z.string().min(1)).default([]),
  /** Letters and digits below which a section says nothing. */
  minCharacters: z.int().positive().default(20),
});

/** `owner` is a name, which may be short. */
const SHORT: readonly string[] = ["owner"];
const PLACEHOLDER = /^\W*(todo|tbd|tba|n\/?a|none|fixme|lorem ipsum\b.*|to be (done|defined|announced))\W*$/is;

export const cardIsComplete = releaseRule({
  name: "card-is-complete",
  description: `The model card says something about ${CARD_SECTIONS.join(", ")}.`,
  why: "whoever is called at night, or asked by an auditor, has nothing but the card to know what the model is for and where it fails.",
  fix: "write the section in the model card and let CI sign the evidence anew.",
  settings,
  check(release, { moreSections, minCharacters }) {
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
  },
});
