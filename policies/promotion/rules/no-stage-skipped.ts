import { GATES, type ReleaseManifest, STAGES, type Stay, stageBefore } from "../../../submission/spec/release/index.ts";
import { releaseRule } from "../rule.ts";

export const noStageSkipped = releaseRule(GATES["no-stage-skipped"], (release) => {
  const manifest = release.manifest;
  const before = stageBefore(manifest.stage);
  const { predecessor } = manifest;
  if (before === undefined)
    return predecessor === undefined ? [] : [`is in ${manifest.stage}, the first stage, and names a predecessor`];
  if (predecessor === undefined) return [`is in ${manifest.stage} and names no predecessor in ${before}`];
  if (predecessor.stage !== before)
    return [
      `is in ${manifest.stage} after ${predecessor.release} in ${predecessor.stage}; it must come from ${before}`,
    ];
  const stays = release.section("stays").filter(({ artifactSha256 }) => artifactSha256 === manifest.artifact.sha256);
  return [...stayOfPredecessor(stays, predecessor, manifest), ...earlierStages(stays, manifest)];
});

type Predecessor = NonNullable<ReleaseManifest["predecessor"]>;

function stayOfPredecessor(stays: readonly Stay[], { release, stage }: Predecessor, { artifact }: ReleaseManifest) {
  return stays.some((stay) => stay.stage === stage && stay.release === release)
    ? []
    : [`comes after ${release}, of which the evidence has no stay in ${stage} with artifact ${artifact.sha256}`];
}

/** The whole way, in its order. */
function earlierStages(stays: readonly Stay[], { stage }: ReleaseManifest): string[] {
  const passed = STAGES.slice(0, STAGES.indexOf(stage));
  const begun = passed.map((earlier) =>
    Math.min(...stays.filter((stay) => stay.stage === earlier).map(({ from }) => Date.parse(from))),
  );
  return passed.flatMap((earlier, index) => {
    const [here = Number.NaN, before] = [begun[index], begun[index - 1]];
    // The stage right before is spoken of above.
    if (here === Number.POSITIVE_INFINITY)
      return index === passed.length - 1 ? [] : [`was never in ${earlier} with this artifact`];
    return before !== undefined && Number.isFinite(before) && here < before
      ? [`was in ${earlier} before it was in ${passed[index - 1]}`]
      : [];
  });
}
