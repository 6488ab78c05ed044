import { HOSTILE_EVIDENCE } from "./hostile-evidence.ts";
import { HOSTILE_SERVING } from "./hostile-serving.ts";
import type { Case } from "./release-case.ts";
import { EVIDENCE } from "./release-evidence.ts";
import { PATH } from "./release-path.ts";

export type { Case, Loose } from "./release-case.ts";

const GOOD: readonly Case[] = [
  { title: "everything in order, in staging", stage: "staging", refused: {} },
  { title: "everything in order, in canary", stage: "canary", refused: {} },
  { title: "everything in order, in prod", refused: {} },
  {
    title: "a metric exactly at its threshold",
    evidence: (e) => (e.metrics[0].value = 1),
    refused: {},
  },
  { title: "a drawdown exactly at its bound", evidence: (e) => (e.drawdown.max = 0.2), refused: {} },
  { title: "no drawdown at all", evidence: (e) => (e.drawdown.max = 0), refused: {} },
  {
    title: "a canary exactly long enough, with exactly enough requests",
    evidence: (e) => Object.assign(e.stays[1], { to: "2026-11-15T00:00:00Z", requests: 100_000 }),
    refused: {},
  },
  {
    title: "a third run that agrees",
    evidence: (e) => e.runs.push({ ...e.runs[0], submissionId: "sub-3" }),
    refused: {},
  },
  {
    title: "a metric nobody asked for, far below anything",
    evidence: (e) => e.metrics.push({ ...e.metrics[0], name: "beta", value: -9 }),
    refused: {},
  },
  {
    title: "no approval, in canary",
    stage: "canary",
    evidence: (e) => (e.approvals = []),
    refused: {},
  },
  {
    title: "no stay in canary yet, in canary",
    stage: "canary",
    evidence: (e) => e.stays.pop(),
    refused: {},
  },
  {
    title: "approvals of the submitter and of a colleague",
    evidence: (e) => e.approvals.push({ ...e.approvals[0], by: "ada@example.com" }),
    refused: {},
  },
];

/** All of them; what one gate refuses of a hostile one, every gate must. */
export const MATRIX: readonly Case[] = [...GOOD, ...EVIDENCE, ...PATH, ...HOSTILE_EVIDENCE, ...HOSTILE_SERVING];
