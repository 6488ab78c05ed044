import { z } from "zod";
import { evidence, evidenceKey, whyNotSigned } from "../../../submission/spec/release/index.ts";
import { releaseRule } from "../rule.ts";

const settings = z.strictObject({
  /** Public keys that may sign, as JWK; who holds the private ones decides what is true. Default: none, and nothing passes. */
  keys: z.array(evidenceKey).default([]),
});

/** Every section besides is some other rule's business. */
const ENVELOPE = ["version", "issuedAt", "subject"] as const;

export const evidenceIsSigned = releaseRule({
  name: "evidence-is-signed",
  description: "The evidence is signed by a key of this environment, as it is, and is about this model and version.",
  why: "every other gate reads the evidence: whoever can write it without a signature can pass them all.",
  fix: "let CI assemble and sign the evidence anew; never edit a signed file. Its public key belongs under `keys` in the settings of evidence-is-signed.",
  settings,
  async check(release, { keys }) {
    if (keys.length === 0) return ["cannot be believed: no key is configured that may sign evidence"];
    const reason = await whyNotSigned(release.token, keys);
    if (reason !== undefined) return [`has evidence that ${reason}`];
    const strangers = Object.keys(release.evidence).filter((field) => !Object.hasOwn(evidence.shape, field));
    for (const name of ENVELOPE) release.section(name);
    const { model, modelVersion } = release.manifest;
    const about = release.section("subject");
    return [
      ...strangers.map((field) => `has evidence with a field ${field} that its version does not know`),
      ...(about.model === model && about.modelVersion === modelVersion
        ? []
        : [`is ${model} ${modelVersion}; its evidence is about ${about.model} ${about.modelVersion}`]),
    ];
  },
});
