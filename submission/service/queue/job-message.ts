import { z } from "zod";
import type { Job } from "./queue.ts";

const id = z.string().min(1).max(63);
const job = z.object({
  submissionId: id,
  namespace: id,
  manifestDigest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  manifest: z.string().min(2),
  traceparent: z.string(),
});

/** What a message on the jobs' topic holds, or why it is none. */
export type ReadMessage = { readonly job: Job } | { readonly poison: string };

export const keyOf = ({ submissionId }: Job): Buffer => Buffer.from(submissionId);
export const bodyOf = (of: Job): Buffer => Buffer.from(JSON.stringify(job.parse(of)));

export function readMessage(key: Buffer | undefined, value: Buffer | undefined): ReadMessage {
  let text: unknown;
  try {
    text = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value ?? Buffer.alloc(0)));
  } catch {
    return { poison: "the value is no JSON" };
  }
  const read = job.safeParse(text);
  if (!read.success) {
    const { path, message } = read.error.issues[0] ?? { path: [], message: "" };
    return { poison: `the value is no job: ${path.join(".") || "it"}: ${message}` };
  }
  // Order is kept per key: under another one it means nothing.
  if (key?.toString() !== read.data.submissionId) return { poison: "the key is not the job's submission id" };
  return { job: read.data };
}
