import { z } from "zod";

/** Forms that evidence and releases share. A message follows the name of the field. */

export const sha256 = z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 hexadecimal digits");
export const artifactUri = z
  .string()
  .regex(/^s3:\/\/[a-z0-9.-]{3,63}(\/[!-.0-~]+)+$/, "must be s3://bucket/path/to/the/artifact, in ASCII");
export const imageByDigest = z
  .string()
  .regex(
    /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+(:[\w.-]+)?@sha256:[0-9a-f]{64}$/,
    "must be registry/name@sha256:digest: a tag can be given to another image tomorrow",
  );
export const instant = z.iso.datetime("must be a time in UTC, e.g. 2026-11-23T10:00:00Z");
/** A model's name is the id of the pipeline that trains it. */
export const modelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,61}[a-z0-9]$/, "must be the id of a pipeline: a-z, 0-9, _ and -, 2 to 63 characters");
export const modelVersion = z
  .string()
  .regex(/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/, "must be letters, digits, . _ and -, at most 63");
/** Long names leave no room for what the operator appends. */
export const releaseName = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/, "must begin with a letter and be a-z, 0-9 and -, at most 40");

/** A name that is compared: characters of other scripts that look the same would make two names of one. */
export const account = z
  .string()
  .regex(/^ *[!-~]([ -~]*[!-~])? *$/, "must be an account's name in ASCII, e.g. ada@example.com");
export const submissionId = z.string().regex(/^ *[!-~]([ -~]*[!-~])? *$/, "must be the id of a submission, in ASCII");
/** One name in several ways of writing is one name. */
export const sameName = (name: string): string => name.trim().toLowerCase();

/** A finite number: JSON knows neither NaN nor infinity, and what stands in their place is not one. */
export const finite = z.number("must be a finite number");
/** A share of 100. */
export const percent = z
  .number("must be a number from 0 to 100")
  .min(0, "must not be below 0")
  .max(100, "must not be above 100");
