import { sha256Hex } from "./sha256.ts";

/**
 * W3C trace context of a run, computed from its id: the compiler, the pods and whoever writes spans agree without telling each other,
 * and a span that is written twice is the same span.
 */

/** 32 hexadecimal digits. */
export const traceId = (submissionId: string): string => sha256Hex(`trace/${submissionId}`).slice(0, 32);

/** 16 hexadecimal digits: the span of the whole submission. */
export const submissionSpanId = (submissionId: string): string => sha256Hex(`${submissionId}/`).slice(0, 16);

/** 16 hexadecimal digits: the span of a node, child of the submission's. */
export const nodeSpanId = (submissionId: string, nodeId: string): string =>
  sha256Hex(`${submissionId}/${nodeId}`).slice(0, 16);

/** Value of `TRACEPARENT` in a node's pods: spans they make are children of the node's. */
export const nodeTraceparent = (submissionId: string, nodeId: string): string =>
  `00-${traceId(submissionId)}-${nodeSpanId(submissionId, nodeId)}-01`;

/** `traceparent` of the submission itself. */
export const submissionTraceparent = (submissionId: string): string =>
  `00-${traceId(submissionId)}-${submissionSpanId(submissionId)}-01`;

/**
 * The same for a template that several nodes share.
 *
 * @param id the node's id, or the tag that stands for it, e.g. `{{inputs.parameters.n}}`: then Argo's controller computes the span when
 *   it makes the pod
 */
export function nodeTraceparentTag(submissionId: string, id: string): string {
  const variable = /^\{\{(.+)\}\}$/.exec(id)?.[1];
  if (variable === undefined) return nodeTraceparent(submissionId, id);
  return `00-${traceId(submissionId)}-{{=sprig.substr(0, 16, sprig.sha256sum('${submissionId}/' + ${variable}))}}-01`;
}
