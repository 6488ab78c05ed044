/** An accepted submission on its way to the dispatcher. */
export interface Job {
  /** Also the message's key: jobs of one submission stay in order. */
  readonly submissionId: string;
  readonly namespace: string;
  readonly manifestDigest: string;
  /** The compiled Workflow, one line of JSON. */
  readonly manifest: string;
  readonly traceparent: string;
}

/** What became of a job: taken care of, or never to be done. A handler that throws gets the job again. */
export type Handled = { readonly outcome: "done" } | { readonly outcome: "dead"; readonly reason: string };

export interface JobQueue {
  /** Resolves when the job will survive anything; throws `Unavailable` otherwise. Twice the same is harmless. */
  enqueue(job: Job): Promise<void>;
  /**
   * Hands jobs out at least once, until the signal aborts; a job is forgotten after its handler has returned. What is `dead` goes to the
   * dead letter topic with its reason.
   */
  consume(handler: (jobs: readonly Job[]) => Promise<readonly Handled[]>, signal: AbortSignal): Promise<void>;
  /** Resolves when the queue can be used. */
  ready(): Promise<void>;
  close(): Promise<void>;
}
