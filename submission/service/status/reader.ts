import { setTimeout as delay } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import type { PlatformProfile } from "../../spec/index.ts";
import type { AuditLog } from "../audit/log.ts";
import type { Workflows } from "../kubernetes/workflows.ts";
import { type Background, backgroundOf } from "./facts.ts";
import { follow } from "./follow.ts";
import type { StatusReader, SubmissionStatus } from "./status.ts";
import { statusOfChain, statusOfRun } from "./whole.ts";

export interface RunStatusOptions {
  readonly audit: Pick<AuditLog, "chain" | "record">;
  readonly workflows: Pick<Workflows, "get">;
  readonly kubeConfig: KubeConfig;
  readonly profile: PlatformProfile;
  /** Milliseconds between two looks for a Workflow that is not there yet. Default: 500. */
  readonly pollMillis?: number;
}

/** The live Workflow while there is one, the audit log before and after. */
export class RunStatus implements StatusReader {
  readonly #options: RunStatusOptions;

  constructor(options: RunStatusOptions) {
    this.#options = options;
  }

  async status(submissionId: string): Promise<SubmissionStatus | undefined> {
    const background = await this.#background(submissionId);
    if (background === undefined) return undefined;
    const ended = new AbortController();
    try {
      if (await this.#hasWorkflow(background)) {
        for await (const status of this.#live(background, ended.signal)) return status;
      }
    } finally {
      ended.abort();
    }
    return await this.#fromChain(background);
  }

  async *follow(submissionId: string, signal: AbortSignal): AsyncIterable<SubmissionStatus> {
    const background = await this.#background(submissionId);
    if (background === undefined) return;
    let told = "";
    while (!signal.aborted) {
      if (await this.#hasWorkflow(background)) {
        yield* this.#live(background, signal);
        return;
      }
      const status = await this.#fromChain(background);
      const text = JSON.stringify(status);
      if (text !== told) yield status;
      told = text;
      if (status.finished) return;
      await delay(this.#options.pollMillis ?? 500, undefined, { signal }).catch(() => undefined);
    }
  }

  async #hasWorkflow({ record }: Background): Promise<boolean> {
    return (await this.#options.workflows.get(record.namespace, record.submissionId)) !== undefined;
  }

  async *#live(background: Background, signal: AbortSignal): AsyncIterable<SubmissionStatus> {
    const { kubeConfig, profile } = this.#options;
    const { namespace, submissionId } = background.record;
    for await (const run of follow({ kubeConfig, namespace, submissionId, profile, signal })) {
      yield statusOfRun(background, run);
    }
  }

  async #fromChain(background: Background): Promise<SubmissionStatus> {
    return statusOfChain(background, await this.#options.audit.chain(background.record.submissionId));
  }

  #background(submissionId: string): Promise<Background | undefined> {
    return backgroundOf(submissionId, this.#options.audit, this.#options.profile);
  }
}
