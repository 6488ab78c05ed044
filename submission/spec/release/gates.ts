import { z } from "zod";
import { CARD_SECTIONS } from "./evidence.ts";
import { SERVING_NAMESPACE } from "./serving.ts";
import { evidenceKey } from "./signature.ts";
import { STAGES } from "./stages.ts";

/**
 * The gates a release passes: what each asks for, why, and what an environment may choose of it. The policy pack judges a preview by
 * them, Gatekeeper what reaches the API server, Conftest a file. Words, defaults and bounds stand here once, for all three.
 */

export interface Gate<Settings extends z.ZodObject = z.ZodObject> {
  /** Stable, e.g. `card-is-complete`; the key of its settings. */
  readonly name: string;
  /** What must hold. */
  readonly description: string;
  /** What would happen if it did not. */
  readonly why: string;
  /** What to do about it. */
  readonly fix: string;
  /** What an environment may choose. Whatever it leaves out must not make the gate wider. */
  readonly settings: Settings;
}

const gate = <Settings extends z.ZodObject>(one: Gate<Settings>): Gate<Settings> => one;

const threshold = z
  .strictObject({
    /** The least that is good enough; this value itself is. */
    min: z.number().optional(),
    /** The most that is good enough; this value itself is. */
    max: z.number().optional(),
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, "must have min, max or both");

export const GATES = {
  "serving-has-release": gate({
    name: "serving-has-release",
    description: "What answers requests is a release, and says of which model, which artifact and which stage.",
    why: "a model that is served without a release has passed no gate.",
    fix: "declare it in stacks/release as a release, or name it under `exempt` in the settings of serving-has-release.",
    settings: z.strictObject({
      /** Namespaces in which whatever runs serves. */
      namespaces: z.array(z.string()).default([SERVING_NAMESPACE]),
      /** `namespace/name` of what serves no model of a release, e.g. the platform's own gateway. */
      exempt: z.array(z.string()).default([]),
    }),
  }),
  "evidence-is-signed": gate({
    name: "evidence-is-signed",
    description: "The evidence is signed by a key of this environment, as it is, and is about this model and version.",
    why: "every other gate reads the evidence: whoever can write it without a signature can pass them all.",
    fix: "let CI assemble and sign the evidence anew; never edit a signed file. Its public key belongs under `keys` in the settings of evidence-is-signed.",
    settings: z.strictObject({
      /** Public keys that may sign, as JWK; who holds the private ones decides what is true. Default: none, and nothing passes. */
      keys: z.array(evidenceKey).default([]),
    }),
  }),
  "artifact-is-the-proven": gate({
    name: "artifact-is-the-proven",
    description: "What is served is the artifact and the image that the evidence is about, by their digests.",
    why: "evidence of one artifact says nothing about another, nor about code that is loaded beside it.",
    fix: "serve the artifact and the image of the evidence, or let CI assemble evidence of what is to be served.",
    settings: z.strictObject({}),
  }),
  "card-is-complete": gate({
    name: "card-is-complete",
    description: `The model card says something about ${CARD_SECTIONS.join(", ")}.`,
    why: "whoever is called at night, or asked by an auditor, has nothing but the card to know what the model is for and where it fails.",
    fix: "write the section in the model card and let CI sign the evidence anew.",
    settings: z.strictObject({
      /** Sections besides those that every card has. */
      moreSections: z.array(z.string().min(1)).default([]),
      /** Letters and digits below which a section says nothing. */
      minCharacters: z.int().positive().default(20),
    }),
  }),
  "metrics-meet-thresholds": gate({
    name: "metrics-meet-thresholds",
    description: "Every metric that has a threshold was measured, on data whose version is known, and meets it.",
    why: "a model below its thresholds loses what the thresholds were set to protect.",
    fix: "train or choose a better model. If the threshold is wrong, change it in the settings of metrics-meet-thresholds, where it is reviewed.",
    settings: z.strictObject({
      /** By name of the metric. Default: none, and nothing passes. */
      thresholds: z.record(z.string(), threshold).default({}),
    }),
  }),
  "drawdown-within-bounds": gate({
    name: "drawdown-within-bounds",
    description: "The largest loss from a peak is within bounds. It is a positive share: a loss of 18 % is 0.18.",
    why: "a strategy is stopped, or its capital gone, before a drawdown that large is made good.",
    fix: "lower the risk of the strategy and run it again. Write a loss of 18 % as 0.18, never as -0.18 or 18.",
    settings: z.strictObject({
      /** The largest loss from a peak that is borne, as a share of the peak; this value itself is. */
      max: z.number().min(0).max(1).default(0.2),
    }),
  }),
  "runs-are-reproducible": gate({
    name: "runs-are-reproducible",
    description: "Independent runs of one recipe have given the same artifact, bit for bit.",
    why: "an artifact that its recipe does not give again cannot be explained, repaired or trusted to be what was reviewed.",
    fix: "submit the same DAG again from its start (`orch submit` with another submission id, not `rerun`), and let CI sign both runs. If the artifacts differ, fix the seeds and pin images and data versions.",
    settings: z.strictObject({
      /** Independent runs that must have given the same artifact. */
      minRuns: z.int().min(2).default(2),
    }),
  }),
  "no-stage-skipped": gate({
    name: "no-stage-skipped",
    description: `A release comes after one of the same artifact in the stage before: ${STAGES.join(", then ")}.`,
    why: "each stage finds what the one before cannot; the first users of an untried model should not be all of them.",
    fix: "release the artifact in the stage before, and name that release as `predecessor`. Its stay must be in the evidence.",
    settings: z.strictObject({}),
  }),
  "canary-was-long-enough": gate({
    name: "canary-was-long-enough",
    description: "Before a release goes to prod, its predecessor was in canary long enough, and with enough requests.",
    why: "what goes wrong rarely or slowly shows only with time and traffic.",
    fix: "leave the release in canary until its stay meets the bounds, then let CI sign the evidence anew.",
    settings: z.strictObject({
      /** Hours a release must have been in canary. */
      minHours: z.number().positive().default(24),
      /** Requests it must have answered there. */
      minRequests: z.int().positive().default(10_000),
      /** Share of the model's requests it must have got there, on average. */
      minTrafficPercent: z.number().positive().max(100).default(1),
    }),
  }),
  "prod-is-approved": gate({
    name: "prod-is-approved",
    description: "A release to prod is approved by somebody who did not submit it, after its stay in canary.",
    why: "nobody sees the mistakes in their own work, and one stolen account must not be enough to reach prod.",
    fix: "ask a colleague who submitted none of the runs to approve it for prod, and let CI sign the evidence anew.",
    settings: z.strictObject({
      /** People who must have approved. */
      minApprovals: z.int().positive().default(1),
      /** Who may approve. Default: everybody who submitted none of the runs. */
      approvers: z.array(z.string().min(1)).default([]),
      /** Days after which an approval no longer counts, up to the moment the evidence is issued. */
      maxAgeDays: z.number().positive().default(30),
    }),
  }),
  "traffic-fits-stage": gate({
    name: "traffic-fits-stage",
    description: "A release in staging gets no request of users, one in canary some of them.",
    why: "a canary that gets every request is prod under another name, and has passed none of its gates.",
    fix: "lower `trafficPercent` of the release, or promote it to the stage its traffic belongs to.",
    settings: z.strictObject({
      /** The largest share of a model's requests that a canary may get. */
      maxCanaryPercent: z.number().positive().max(100).default(20),
    }),
  }),
} as const satisfies Record<string, Gate>;

/** What is missing or has the wrong form is not mended by a better model. */
export const FIX_THE_SOURCE =
  "correct it where it was written: the stack's configuration, or the evidence, which CI then signs anew.";

export type GateName = keyof typeof GATES;
export const GATE_NAMES = Object.keys(GATES) as readonly GateName[];
