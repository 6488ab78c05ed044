import type { z } from "zod";
import {
  followQuery,
  listQuery,
  logQuery,
  type REQUESTS,
  type RESPONSES,
  submissionId,
  verifyQuery,
} from "../schema.ts";

/** Every operation about submissions, for the OpenAPI document; a test holds it against what the server serves. */
export interface Operation {
  readonly id: string;
  readonly method: "get" | "post";
  /** As OpenAPI writes it. */
  readonly path: string;
  readonly summary: string;
  readonly request?: keyof typeof REQUESTS;
  /** Without a body it is as if {} was sent. */
  readonly bodyOptional?: boolean;
  readonly query?: z.ZodObject;
  readonly status: 200 | 202;
  /** Absent: text. */
  readonly response?: keyof typeof RESPONSES;
  /** Of each event's data, where `follow` is asked for. */
  readonly event?: keyof typeof RESPONSES;
  /** HTTP statuses of its problems, besides those that any operation has. */
  readonly problems: readonly number[];
}

const BODY = [400, 413, 415, 422];

export const OPERATIONS: readonly Operation[] = [
  {
    id: "submit",
    method: "post",
    path: "/api/orch/submit",
    summary: "Checks, compiles and promises a submission. The same body again is the same submission.",
    request: "SubmitRequest",
    status: 202,
    response: "Accepted",
    problems: [...BODY, 409],
  },
  {
    id: "plan",
    method: "post",
    path: "/api/orch/plan",
    summary: "What a submission or a rerun would create, where it may run and how large it will be; creates nothing.",
    request: "PlanRequest",
    status: 200,
    response: "Plan",
    problems: [...BODY, 404, 409],
  },
  {
    id: "rerun",
    method: "post",
    path: "/api/orch/rerun/{id}",
    summary: "Runs what failed, was changed or is asked for, under a new id; keeps the rest.",
    request: "RerunRequest",
    bodyOptional: true,
    status: 202,
    response: "Accepted",
    problems: [...BODY, 404, 409],
  },
  {
    id: "cancel",
    method: "post",
    path: "/api/orch/cancel/{id}",
    summary: "Ends a submission: its pods end, its custom resources are deleted. Any number of times is like once.",
    status: 202,
    response: "Cancelled",
    problems: [400, 404, 415],
  },
  {
    id: "status",
    method: "get",
    path: "/api/orch/status/{id}",
    summary: "How a submission and each of its nodes is doing, and why.",
    query: followQuery,
    status: 200,
    response: "SubmissionStatus",
    event: "SubmissionStatus",
    problems: [400, 404],
  },
  {
    id: "logs",
    method: "get",
    path: "/api/orch/logs/{id}",
    summary: "What nodes wrote, a line per line; of several nodes with the node's id before each.",
    query: logQuery,
    status: 200,
    event: "LogLine",
    problems: [400, 404],
  },
  {
    id: "lineage",
    method: "get",
    path: "/api/orch/lineage/{id}",
    summary: "What each node read and wrote.",
    status: 200,
    response: "Lineage",
    problems: [400, 404],
  },
  {
    id: "audit",
    method: "get",
    path: "/api/orch/audit/{id}",
    summary: "Everything that happened to a submission, each row hashed over the one before.",
    status: 200,
    response: "AuditChain",
    problems: [400, 404],
  },
  {
    id: "verifyChain",
    method: "get",
    path: "/api/orch/verify/{id}",
    summary: "Every row of a submission against its hash, its chain and its block.",
    status: 200,
    response: "AuditVerification",
    problems: [400, 404],
  },
  {
    id: "verifyLog",
    method: "get",
    path: "/api/orch/verify",
    summary: "The whole audit log, of all teams: for who may get submissions in all namespaces. One at a time.",
    query: verifyQuery,
    status: 200,
    response: "AuditVerification",
    event: "AuditVerification",
    problems: [400],
  },
  {
    id: "submissions",
    method: "get",
    path: "/api/orch/submissions",
    summary: "Submissions, newest first.",
    query: listQuery,
    status: 200,
    response: "SubmissionPage",
    problems: [400],
  },
];

/** The one parameter in paths. */
export const PATH_ID = submissionId;
