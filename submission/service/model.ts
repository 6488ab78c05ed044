/** What the parts of the service say to each other. What goes over the wire is in `api/`. */

/** Who calls, as a token said or, where authentication is off by an explicit local flag, as `anonymous`. */
export interface Caller {
  /** As Kubernetes names it, e.g. `system:serviceaccount:ci:submitter` or `alice@example.com`. */
  readonly name: string;
  readonly groups: readonly string[];
}

/** A document as the caller sent it, in the text it is kept and located in. */
export interface Documents {
  readonly dag: string;
  readonly params: string;
  /** Undefined: none were given. */
  readonly refs: string | undefined;
}

/** Which nodes of an earlier submission a rerun keeps, and where their outputs stand. */
export interface RerunOf {
  readonly submissionId: string;
  /** Nodes that are not run again. */
  readonly kept: readonly string[];
}

/** A submission that was accepted: all that is needed to create it, to show it and to run it again after its Workflow is gone. */
export interface SubmissionRecord {
  /** Also the Workflow's name. */
  readonly submissionId: string;
  readonly team: string;
  /** The team's. */
  readonly namespace: string;
  readonly pipelineId: string;
  /** Stage. */
  readonly env: string;
  /** Who submitted. */
  readonly actor: string;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  /** Over the documents in canonical form and the team: equal bodies are equal submissions. */
  readonly bodyDigest: string;
  readonly manifestDigest: string;
  readonly recipeDigest: string;
  readonly documents: Documents;
  /** The compiled Workflow, one line of JSON; what is created is exactly this. */
  readonly manifest: string;
  readonly rerunOf: RerunOf | undefined;
  /** W3C `traceparent` of the caller's request or one of the service's own: the parent of every span of this run. */
  readonly traceparent: string;
}

/** A row of the list. */
export interface SubmissionSummary
  extends Pick<SubmissionRecord, "submissionId" | "team" | "pipelineId" | "env" | "actor" | "acceptedAt"> {
  /** The last that happened to it; what happened to its nodes does not count. */
  readonly event: string;
  /** Milliseconds since 1970. */
  readonly eventAt: number;
}
