import { randomBytes } from "node:crypto";

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's W3C `traceparent`, or the beginning of a trace of our own where none or a broken one was sent. */
export function traceparentOf(sent: string | undefined): string {
  if (sent !== undefined && TRACEPARENT.test(sent)) return sent;
  return `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`;
}
