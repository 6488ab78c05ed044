import { z } from "zod";

/**
 * What a node may write as JSON to the file `$ORCH_RESULT_PATH`, or, where its kind runs in pods of an operator's, to the object
 * `$ORCH_RESULT_URI`: what is known only once it has run. Everything is optional; other keys are the
 * author's own.
 */
const dataset = z.looseObject({
  /** Of the data as it was read or written, e.g. an Iceberg snapshot id. */
  snapshot: z.union([z.string().min(1), z.int().transform(String)]).optional(),
  /** SHA-256 of the artifact, 64 hexadecimal digits. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

export const nodeResult = z.looseObject({
  /** By the name of an `ins`. */
  inputs: z.record(z.string(), dataset).optional(),
  /** By the name of an `outs`. */
  outputs: z.record(z.string(), dataset).optional(),
  metrics: z.record(z.string(), z.number()).optional(),
});

export type NodeResult = z.infer<typeof nodeResult>;
