/** The way of a model: each stage after the one before it. */
export const STAGES = ["staging", "canary", "prod"] as const;
export type Stage = (typeof STAGES)[number];

/** The stage that a release must have been in before; none before the first. */
export const stageBefore = (stage: Stage): Stage | undefined => STAGES[STAGES.indexOf(stage) - 1];
