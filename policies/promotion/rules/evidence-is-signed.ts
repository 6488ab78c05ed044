import { evidence, GATES, whyNotSigned } from "../../../submission/spec/release/index.ts";
import { releaseRule } from "../rule.ts";

/** Every section besides is some other rule's business. */
const ENVELOPE = ["version", "issuedAt", "subject"] as const;

export const evidenceIsSigned = releaseRule(GATES["evidence-is-signed"], async (release, { keys }) => {
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
});
