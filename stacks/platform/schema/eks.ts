import { z } from "zod";
import {
  CONTROL_PLANE_LOGS,
  INTERFACE_ENDPOINTS,
  KUBERNETES_MINORS,
  LOG_RETENTION_DAYS,
  NAT_STRATEGIES,
} from "../../../components/cluster/index.ts";

/** Config of a cluster that the stack makes (kind `eks`) and of its pools. Prices: us-east-1, on demand, 730 hours a month. */

const ipv4 = z.cidrv4("must be an IPv4 block, e.g. 203.0.113.0/24");
/** CloudWatch Logs knows these and no others. USD 0.50 per GB written, 0.03 per GB and month kept. */
const retentionDays = z.literal(LOG_RETENTION_DAYS, `must be one of ${LOG_RETENTION_DAYS.join(", ")} (days)`);

const access = z.discriminatedUnion("from", [
  /** No public endpoint: `pulumi up` runs inside the network, or in one that is joined to it at the named addresses. */
  z.strictObject({ from: z.literal("vpc-runner"), cidrs: z.array(ipv4).min(1).optional() }),
  /** The public endpoint, for these addresses only. EKS takes 40. */
  z.strictObject({ from: z.literal("allow-list"), cidrs: z.array(ipv4).min(1).max(40) }),
]);

const ACCOUNT = 'must be the number of the AWS account, 12 digits in quotes, e.g. "111111111111"';

/** The cluster itself costs USD 73 a month. */
export const eksCluster = z.strictObject({
  kind: z.literal("eks"),
  /** Number of the AWS account; with credentials of any other, nothing is done. */
  account: z.string(ACCOUNT).regex(/^\d{12}$/, ACCOUNT),
  /** Kubernetes minor version; a new one needs its add-ons pinned in components/cluster/add-ons.ts. */
  version: z.enum(
    KUBERNETES_MINORS,
    `must be a minor version whose add-ons are pinned: ${KUBERNETES_MINORS.join(", ")}`,
  ),
  /** The network's addresses: a /16 to /20. */
  vpcCidr: ipv4,
  /**
   * The way out. A NAT gateway is USD 37 a month with its address, and 0.045 per GB: one in all (`single`), one in each zone
   * (`per-zone`: survives the loss of one, no cross-zone traffic), or `none` (AWS through `endpoints`, images from ECR).
   */
  nat: z.enum(NAT_STRATEGIES).default("per-zone"),
  /**
   * Services of AWS with an address in the network. Each is USD 7.30 a month and zone, and 0.01 per GB instead of NAT's 0.045. S3
   * is free and always there.
   */
  endpoints: z.union([z.literal("all"), z.array(z.enum(INTERFACE_ENDPOINTS))]).default([]),
  /** Records of who talked to whom; without: none are kept. `rejected` is a small part of `all`. */
  flowLogs: z.strictObject({ traffic: z.enum(["all", "rejected"]).default("rejected"), retentionDays }).optional(),
  /** IAM roles or users that administer the cluster. */
  admins: z.array(z.string().regex(/^arn:aws:iam::\d{12}:(role|user)\/.+$/, "must be an IAM role or user ARN")).min(1),
  /** From where the API server can be called, and so who can run `pulumi up`. */
  access: access.default({ from: "vpc-runner" }),
  /** What the control plane writes to CloudWatch. `audit` is by far the largest. */
  controlPlaneLogs: z
    .strictObject({
      types: z.array(z.enum(CONTROL_PLANE_LOGS)).default(["api", "audit", "authenticator"]),
      retentionDays: retentionDays.default(30),
    })
    .default({ types: ["api", "audit", "authenticator"], retentionDays: 30 }),
});

export const pool = z.strictObject({
  /** Nodes that are always there, over all zones, and are paid for all month. */
  min: z.int().nonnegative().default(0),
  /** Nodes the autoscaler may go to, over all zones. */
  max: z.int().positive(),
  /** Machines that have booted and wait, in each zone; on-demand pools on EKS only. Stopped, each costs its disk: USD 8 a month. */
  warm: z
    .strictObject({ min: z.int().positive(), state: z.enum(["stopped", "running"]).default("stopped") })
    .optional(),
});
