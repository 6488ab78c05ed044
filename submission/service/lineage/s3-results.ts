import { addAbortSignal, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import { z } from "zod";
import { type ResultObject, resultObject } from "../../compile/result.ts";
import type { PlatformProfile } from "../../spec/index.ts";
import { type NodeResult, nodeResult } from "../../spec/result.ts";
import type { ServiceLog } from "../application/index.ts";
import { patiently } from "../queue/patience.ts";
import { Unavailable } from "../unavailable.ts";
import type { ReadResult, Result } from "./result.ts";

export interface S3ResultsOptions {
  /** Where the compiled Workflows keep what nodes wrote. */
  readonly storage: Pick<PlatformProfile["storage"], "uri" | "region">;
  readonly log: Pick<ServiceLog, "warn">;
  /** What the client is told besides. Default: nothing, so that credentials are the SDK's to find (in a cluster Pod Identity's). */
  readonly client?: S3ClientConfig;
}

/** A result is a few names, hashes and numbers; what is larger is something else. */
const MOST_BYTES = 1024 * 1024;
/** Objects that are read at the same time: after a restart runs are first seen by the thousand. */
const AT_ONCE = 32;
/** For one object with all tries of the SDK, milliseconds. */
const PATIENCE_MILLIS = 20_000;
const TIMEOUTS = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };
/** Objects whose fault was said and is not said again. */
const MOST_SAID = 1_000;

/** Tries at an object that the bucket does not hand out: rights take a moment to arrive. */
const TRIES = 3;

/**
 * Reads results from the bucket. A node that wrote none has none; an object that is no result or is not handed out is said once, without
 * what is in it. Throws `Unavailable` when the bucket does not answer or does not know us: nothing is known then.
 */
export function s3Results({ storage, log, client: config }: S3ResultsOptions): ReadResult {
  const limit = pLimit(AT_ONCE);
  const said = new Set<string>();
  let opened: Promise<Bucket> | undefined;

  const once = async (object: ResultObject): Promise<Result | undefined> => {
    try {
      opened ??= open(storage.region, config).catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      const bytes = await fetched(await opened, object);
      return bytes === undefined ? undefined : { read: parsed(bytes) };
    } catch (error) {
      if (error instanceof NoResult) return { unreadable: error.message };
      if (isOfTheObject(error)) throw new NotHandedOut(`it is not handed out (${nameOf(error)})`, { cause: error });
      throw new Unavailable("artifacts", `${uriOf(object)} cannot be read (${nameOf(error)})`, { cause: error });
    }
  };
  const read = async (object: ResultObject): Promise<Result | undefined> => {
    try {
      return await patiently(() => once(object), {
        tries: said.has(uriOf(object)) ? 1 : TRIES,
        retry: (error) => error instanceof NotHandedOut,
        signal: AbortSignal.timeout(PATIENCE_MILLIS),
      });
    } catch (error) {
      if (error instanceof NotHandedOut) return { unreadable: error.message };
      if (error instanceof Unavailable) throw error;
      throw new Unavailable("artifacts", `${uriOf(object)} is not answered for in time`, { cause: error });
    }
  };

  return async ({ submissionId }, node) => {
    const object = resultObject(storage, submissionId, node);
    if (object === undefined) return undefined;
    const result = await limit(() => read(object));
    if (result !== undefined && "unreadable" in result) {
      const uri = uriOf(object);
      if (said.size >= MOST_SAID) said.clear();
      if (!said.has(uri)) log.warn({ object: uri }, `what a node wrote cannot be read: ${result.unreadable}`);
      said.add(uri);
    }
    return result;
  };
}

const uriOf = ({ bucket, key }: ResultObject): string => `s3://${bucket}/${key}`;

/** There is something, and it is no result. */
class NoResult extends Error {}

/** The bucket answers, and not with this object. */
class NotHandedOut extends Error {}

/** Codes of S3 below 500 that say something of us, of the bucket or of the moment, and nothing of the object. */
const NOT_OF_THE_OBJECT: readonly string[] = [
  "AuthorizationHeaderMalformed",
  "ExpiredToken",
  "InvalidAccessKeyId",
  "InvalidToken",
  "NoSuchBucket",
  "NotSignedUp",
  "PermanentRedirect",
  "RequestTimeout",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
  "TokenRefreshRequired",
  "TooManyRequests",
];

function isOfTheObject(error: unknown): boolean {
  if (!(error instanceof Error) || NOT_OF_THE_OBJECT.includes(error.name)) return false;
  const status = httpStatusOf(error);
  return status !== undefined && status >= 400 && status < 500 && status !== 429;
}

/** The SDK's errors have it beside them; those of a connection or of credentials have none. */
function httpStatusOf(error: Error): number | undefined {
  const answer = answered.safeParse(error);
  return answer.success ? answer.data.$metadata.httpStatusCode : undefined;
}

const answered = z.object({ $metadata: z.object({ httpStatusCode: z.number() }) });

interface Bucket {
  readonly client: S3Client;
  readonly sdk: typeof import("@aws-sdk/client-s3");
}

/** Loaded when the first result is read: a service that reads none does not wait for the SDK. */
async function open(region: string, config: S3ClientConfig | undefined): Promise<Bucket> {
  const sdk = await import("@aws-sdk/client-s3");
  return { sdk, client: new sdk.S3Client({ region, requestHandler: TIMEOUTS, ...config }) };
}

async function fetched({ client, sdk }: Bucket, { bucket, key }: ResultObject): Promise<Buffer | undefined> {
  const signal = AbortSignal.timeout(PATIENCE_MILLIS);
  try {
    const answer = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    const { Body: body, ContentLength: length } = answer;
    if (!(body instanceof Readable)) throw new Error("an answer without a body");
    // Without a length nothing bounds what comes.
    if (length === undefined || length > MOST_BYTES) {
      body.destroy();
      throw new NoResult(`it is larger than ${MOST_BYTES} bytes`);
    }
    return await buffer(addAbortSignal(signal, body));
  } catch (error) {
    if (error instanceof sdk.NoSuchKey) return undefined;
    throw error;
  }
}

function parsed(bytes: Buffer): NodeResult {
  const read = nodeResult.safeParse(json(bytes));
  if (read.success) return read.data;
  // Below the first name they are the author's own.
  const where = new Set(read.error.issues.map(({ path: [first = "the whole"] }) => String(first)));
  throw new NoResult(`${[...where].join(", ")} is not as a result has it`);
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes), exactSnapshot);
  } catch {
    // What the parser says quotes the file.
    throw new NoResult("it is not JSON in UTF-8");
  }
}

/** Ids of Iceberg snapshots have 63 bits, more than a number of JavaScript's keeps. */
const exactSnapshot = (key: string, value: unknown, text?: { readonly source?: string }): unknown =>
  key === "snapshot" && typeof value === "number" && /^-?\d+$/.test(text?.source ?? "") ? text?.source : value;

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
