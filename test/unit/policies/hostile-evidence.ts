import { CompactSign } from "jose";
import type { Evidence } from "../../../submission/spec/release/index.ts";
import { all, type Case, type Loose } from "./release-case.ts";
import type { Signer } from "./release-fixture.ts";

const EVIDENCE_READERS = [
  "evidence-is-signed",
  "artifact-is-the-proven",
  "card-is-complete",
  "metrics-meet-thresholds",
  "drawdown-within-bounds",
  "runs-are-reproducible",
  "no-stage-skipped",
  "canary-was-long-enough",
  "prod-is-approved",
];
const STAY_READERS = ["no-stage-skipped", "canary-was-long-enough", "prod-is-approved"];
/** Signed by the right key, whatever the text. */
const signedText =
  (text: (written: string) => string, header: object = {}) =>
  (evidence: Loose<Evidence>, signer: Signer): Promise<string> =>
    new CompactSign(new TextEncoder().encode(text(JSON.stringify(evidence))))
      .setProtectedHeader({ alg: "EdDSA", typ: "orch-evidence", kid: signer.kid, ...header })
      .sign(signer.privateKey);
const withDrawdown = (written: string) => signedText((text) => text.replace('"max":0.18', `"max":${written}`));
const UNREADABLE = all(EVIDENCE_READERS, "has evidence that cannot be read");
const TEXTS: readonly Case[] = [
  { title: "a drawdown given twice in one object", signed: withDrawdown('0.9,"max":0.1'), refused: UNREADABLE },
  { title: "a drawdown beyond any double", signed: withDrawdown("1e999"), refused: UNREADABLE },
  {
    title: "a drawdown whose exponent would keep a big number busy",
    signed: withDrawdown("1e999999999"),
    refused: UNREADABLE,
  },
  {
    title: "a drawdown with more digits than a double has",
    signed: withDrawdown("0.20000000000000001"),
    refused: UNREADABLE,
  },
  { title: "a drawdown of minus nothing", signed: withDrawdown("-0"), refused: UNREADABLE },
  { title: "a drawdown with a digit too many", signed: withDrawdown("0.180"), refused: UNREADABLE },
  { title: "a drawdown in another way of writing", signed: withDrawdown("18e-2"), refused: UNREADABLE },
  { title: "evidence with spaces between", signed: signedText((text) => text.replace(":", ": ")), refused: UNREADABLE },
  {
    title: "evidence with an escape where none is needed",
    signed: signedText((text) => text.replace("bt_xs", "bt\\u005fxs")),
    refused: UNREADABLE,
  },
  { title: "evidence that is a list", signed: signedText(() => "[1]"), refused: UNREADABLE },
  { title: "evidence that is no JSON", signed: signedText(() => "sharpe: 1.4"), refused: UNREADABLE },
  {
    title: "evidence that is nothing",
    token: () => "",
    refused: { ...UNREADABLE, "evidence-is-signed": "is not a compact JWS" },
  },
  {
    title: "evidence that is three letters",
    token: () => "a.b.c",
    refused: { ...UNREADABLE, "evidence-is-signed": "is not a compact JWS" },
  },
  {
    title: "a number so large that doubles pass some over",
    evidence: (e) => e.metrics.push({ ...e.metrics[0], name: "aum", value: 1e300 }),
    refused: UNREADABLE,
  },
  {
    title: "a number so small that little is left of it",
    evidence: (e) => e.metrics.push({ ...e.metrics[0], name: "alpha", value: 5e-324 }),
    refused: UNREADABLE,
  },
  { title: "half of a character in the card", evidence: (e) => (e.card.risks += "\ud800"), refused: UNREADABLE },
  {
    title: "no evidence at all",
    resource: (r) => delete r.props.metadata.annotations["orch.dev/evidence"],
    refused: all(EVIDENCE_READERS, "has no evidence"),
  },
  {
    title: "small numbers, in every way of writing them",
    evidence: (e) => {
      const values = [
        0.001,
        0.00012345678901234567,
        0.00001,
        -0.0000012,
        1e-7,
        1.5e-9,
        -2.25e-300,
        0.1 + 0.2,
        123456789.125,
      ];
      for (const value of values) e.metrics.push({ ...e.metrics[0], name: `of ${value}`, value });
    },
    refused: {},
  },
  {
    title: "a card of many scripts, marks and control characters",
    evidence: (e) => {
      e.card.risks = "<b>模型</b> & 'ρίσκο' \u2028\u2029\u0001\b\f\n\t\u007f \\ \"/ 🎲 ".repeat(3);
      e.card["1"] = "a section whose name is a number";
      e.card.constructor = "a section whose name is a property of every object";
    },
    refused: {},
  },
];
const TOKENS: readonly Case[] = [
  {
    title: "a token with a fourth part",
    token: (token) => `${token}.AAAA`,
    refused: { "evidence-is-signed": "is not a compact JWS" },
  },
  {
    title: "a signature with characters that a decoder passes over",
    token: (token) => `${token}=`,
    refused: { "evidence-is-signed": "has evidence that" },
  },
  {
    title: "a payload with characters that a decoder passes over",
    token: (token) => token.replace(/\.(.)/, ".$1~"),
    refused: { ...UNREADABLE, "evidence-is-signed": "is not a compact JWS" },
  },
  {
    title: "a header that says what else must be understood",
    signed: signedText((text) => text, { jku: "https://elsewhere/keys" }),
    refused: { "evidence-is-signed": "has a header with jku; only alg, typ, kid belong there" },
  },
  {
    title: "a header without the name of the key",
    signed: signedText((text) => text, { kid: undefined }),
    refused: { "evidence-is-signed": "is signed with key null" },
  },
];
const TIMES: readonly Case[] = [
  {
    title: "an approval older than any memory of it",
    evidence: (e) => (e.approvals[0].at = "2026-10-01T00:00:00Z"),
    refused: { "prod-is-approved": "more than 30 days before the evidence was issued" },
  },
  {
    title: "an approval as old as the environment bears",
    settings: { "prod-is-approved": { maxAgeDays: 0.125 } },
    refused: {},
  },
  {
    title: "a run that finished after the evidence was issued",
    evidence: (e) => (e.runs[1].finishedAt = "2026-11-20T12:00:00.001Z"),
    refused: { "runs-are-reproducible": "finished at 2026-11-20T12:00:00.001Z, after the evidence was issued" },
  },
  {
    title: "a canary that lasts to the end of all calendars",
    evidence: (e) => (e.stays[1].to = "9999-12-31T23:59:59Z"),
    refused: {
      "canary-was-long-enough": "ends at 9999-12-31T23:59:59Z, after the evidence was issued",
      "prod-is-approved": "before its stay in canary had ended",
    },
  },
  {
    title: "a canary since the beginning of all calendars",
    evidence: (e) => (e.stays[1].from = "0001-01-01T00:00:00Z"),
    refused: { "no-stage-skipped": "was in canary before it was in staging" },
  },
  {
    title: "a canary a thousandth of a second too short",
    evidence: (e) => (e.stays[1].to = "2026-11-14T23:59:59.9999Z"),
    refused: { "canary-was-long-enough": "was in canary for 71.9 hours" },
  },
  {
    title: "a canary over a leap day",
    evidence: (e) => {
      Object.assign(e.stays[1], { from: "2028-02-28T12:00:00Z", to: "2028-03-02T12:00:00Z" });
      e.approvals[0].at = "2028-03-02T12:00:00Z";
      e.issuedAt = "2028-03-03T00:00:00Z";
    },
    refused: {},
  },
  {
    title: "a canary over a leap day that never was",
    evidence: (e) => {
      Object.assign(e.stays[1], { from: "2100-02-27T12:00:00Z", to: "2100-03-02T11:00:00Z" });
      e.approvals[0].at = "2100-03-02T12:00:00Z";
      e.issuedAt = "2100-03-03T00:00:00Z";
    },
    refused: { "canary-was-long-enough": "was in canary for 71 hours" },
  },
  {
    title: "a stay in a zone of its own",
    evidence: (e) => (e.stays[1].to = "2026-11-19T00:00:00+01:00"),
    refused: all(STAY_READERS, "stays.1.to: it must be a time in UTC"),
  },
  {
    title: "a day that does not exist",
    evidence: (e) => (e.stays[1].from = "2026-02-30T00:00:00Z"),
    refused: all(STAY_READERS, "stays.1.from: it must be a time in UTC"),
  },
  {
    title: "two stays in canary to choose from",
    evidence: (e) => e.stays.push({ ...e.stays[1], requests: 1 }),
    refused: { "canary-was-long-enough": "has 2 stays of bt-xs-7-canary in canary" },
  },
  {
    title: "half a request",
    evidence: (e) => (e.stays[1].requests = 100_000.5),
    refused: all(STAY_READERS, "stays.1.requests: it must be a whole number"),
  },
];

/** Evidence whose text, numbers or times one reader could take for something else than the next. */
export const HOSTILE_EVIDENCE: readonly Case[] = [...TEXTS, ...TOKENS, ...TIMES];
