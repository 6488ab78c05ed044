import { EventSourceParserStream } from "eventsource-parser/stream";
import pRetry from "p-retry";
import { z } from "zod";
import {
  accepted,
  auditChain,
  auditVerification,
  cancelled,
  planned,
  problem,
  submissionPage,
} from "../../service/api/schema.ts";
import { submissionLineage } from "../../service/lineage/lineage.ts";
import { type LogLine, logLine } from "../../service/logs/logs.ts";
import { type SubmissionStatus, submissionStatus } from "../../service/status/status.ts";
import { UserError } from "../../spec/user-error.ts";
import type { ServiceAddress } from "./address.ts";

export type ProblemDetails = z.infer<typeof problem>;
export type Accepted = z.infer<typeof accepted>;
export type Planned = z.infer<typeof planned>;
export type Lineage = z.infer<typeof submissionLineage>;
export type AuditChain = z.infer<typeof auditChain>;
export type AuditVerification = z.infer<typeof auditVerification>;
export type SubmissionPage = z.infer<typeof submissionPage>;

/** Documents as texts, so that what is wrong with them is told with line and column. */
export interface DocumentTexts {
  readonly dag_spec?: string | undefined;
  readonly runtime_params?: string | undefined;
  readonly refs?: string | undefined;
}

export interface RerunBody extends DocumentTexts {
  readonly submission_id?: string | undefined;
  readonly from?: string | undefined;
}

export interface ListFilter {
  readonly team?: string | undefined;
  readonly pipeline_id?: string | undefined;
  readonly event?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** The service said no. Its own words, and what belongs to them. */
export class ServiceProblem extends UserError {
  readonly problem: ProblemDetails;

  constructor(said: ProblemDetails, hint?: string) {
    // What is away or broken is the environment's; everything else is about what was asked.
    const exitCode = said.status >= 500 || said.status === 401 || said.status === 429 ? 2 : 1;
    super(said.detail, { exitCode, ...(hint === undefined ? {} : { hint }) });
    this.name = "ServiceProblem";
    this.problem = said;
  }
}

/** The submission service as the CLI uses it. Throws `ServiceProblem` for what it refuses, `UserError` (2) when it cannot be reached. */
export class ServiceClient {
  readonly #address: ServiceAddress;
  readonly #team: string | undefined;

  /** @param team on whose behalf; default: the only one the caller may submit for */
  constructor(address: ServiceAddress, team?: string) {
    this.#address = address;
    this.#team = team;
  }

  submit(body: DocumentTexts): Promise<Accepted> {
    return this.#post("submit", body, accepted);
  }

  plan(body: RerunBody & { readonly rerun_of?: string | undefined }): Promise<Planned> {
    return this.#post("plan", body, planned);
  }

  rerun(id: string, body: RerunBody): Promise<Accepted> {
    return this.#post(`rerun/${id}`, body, accepted);
  }

  cancel(id: string): Promise<z.infer<typeof cancelled>> {
    return this.#post(`cancel/${id}`, undefined, cancelled);
  }

  status(id: string): Promise<SubmissionStatus> {
    return this.#get(`status/${id}`, submissionStatus);
  }

  /** The present status, then each change, to the end. */
  follow(id: string, signal?: AbortSignal): AsyncIterable<SubmissionStatus> {
    return this.#events(`status/${id}?follow=true`, submissionStatus, signal);
  }

  /** The lines there are; with `follow` also those that are still to come. */
  logs(id: string, node: string | undefined, follow: boolean, signal?: AbortSignal): AsyncIterable<LogLine> {
    const query = new URLSearchParams({ follow: String(follow), ...(node === undefined ? {} : { node }) });
    return this.#events(`logs/${id}?${query}`, logLine, signal);
  }

  lineage(id: string): Promise<Lineage> {
    return this.#get(`lineage/${id}`, submissionLineage);
  }

  audit(id: string): Promise<AuditChain> {
    return this.#get(`audit/${id}`, auditChain);
  }

  verifyChain(id: string): Promise<AuditVerification> {
    return this.#get(`verify/${id}`, auditVerification);
  }

  /** How far it is, then what was found. */
  verifyLog(head: string | undefined): AsyncIterable<AuditVerification> {
    const query = new URLSearchParams({ follow: "true", ...(head === undefined ? {} : { head }) });
    return this.#events(`verify?${query}`, auditVerification);
  }

  /** Whether there is a service at this address, whatever it would say. */
  async answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.#address.url}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      return false;
    }
  }

  list(filter: ListFilter): Promise<SubmissionPage> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value));
    return this.#get(`submissions?${query}`, submissionPage);
  }

  async #get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    return await this.#answer(await this.#fetch(path, {}), schema);
  }

  async #post<Schema extends z.ZodType>(
    path: string,
    body: object | undefined,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    const sent =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    return await this.#answer(await this.#fetch(path, { method: "POST", ...sent }), schema);
  }

  async #answer<Schema extends z.ZodType>(answer: Response, schema: Schema): Promise<z.output<Schema>> {
    const read = schema.safeParse(await answer.json().catch(() => undefined));
    if (read.success) return read.data;
    throw new UserError(
      `${this.#address.description} answered what this CLI does not know: ${z.prettifyError(read.error)}`,
      {
        hint: "is it of another version?",
        exitCode: 2,
      },
    );
  }

  async *#events<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    signal?: AbortSignal,
  ): AsyncIterable<z.output<Schema>> {
    const headers = { accept: "text/event-stream" };
    const answer = await this.#fetch(path, { headers, ...(signal === undefined ? {} : { signal }) });
    const events = answer.body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    try {
      for await (const { event, data } of events ?? []) {
        if (event === "end") return;
        if (event === "problem") throw new ServiceProblem(problem.parse(JSON.parse(data)));
        yield schema.parse(JSON.parse(data));
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (error instanceof UserError) throw error;
      throw this.#unreachable(error);
    }
    if (!signal?.aborted) throw this.#unreachable(new Error("the connection was closed before the end"));
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const { url, token } = this.#address;
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
    if (this.#team !== undefined && init.method === "POST") headers.set("orch-team", this.#team);
    let answer: Response;
    try {
      answer = await this.#patiently(() => fetch(`${url}/api/orch/${path}`, { ...init, headers }));
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw this.#unreachable(error);
    }
    if (answer.ok) return answer;
    const said = problem.safeParse(await answer.json().catch(() => undefined));
    const again = answer.headers.get("retry-after");
    const hint = again === null ? undefined : `try again in ${again} seconds`;
    if (said.success) throw new ServiceProblem(said.data, hint);
    throw new UserError(`${this.#address.description} answered ${answer.status}, and not as the service does`, {
      hint: "is this the address of a submission service?",
      exitCode: 2,
    });
  }

  /** Whatever is asked for may be asked for twice: the same submission again is the same submission. */
  #patiently<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#address.mayRestart !== true) return ask();
    return pRetry(ask, { retries: 4, minTimeout: 250, shouldRetry: ({ error }) => isRefused(error) });
  }

  #unreachable(error: unknown): UserError {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    return new UserError(`the submission service does not answer at ${this.#address.url}: ${why}`, {
      hint: "is it running? `orch local status` tells for the embedded environment",
      exitCode: 2,
      cause: error,
    });
  }
}

const isRefused = ({ cause }: Error): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED";

/** Does something with the service and lets go of it, however that ends. */
export async function withService<T>(
  address: ServiceAddress,
  team: string | undefined,
  work: (client: ServiceClient) => Promise<T>,
): Promise<T> {
  try {
    return await work(new ServiceClient(address, team));
  } finally {
    await address.close();
  }
}
