import { z } from "zod";
import { findRdsProblems } from "../../../components/registry/index.ts";
import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";
import { needs } from "./security.ts";

const gib = z.int().min(1).max(65_536);

const postgres = z.discriminatedUnion("kind", [
  /** Servers in the cluster: one or, where availability is high, three. Costs their disks and a part of the system nodes. */
  z.strictObject({
    kind: z.literal("cloudnative-pg"),
    /** Each server's disk, GiB. */
    storageGib: gib.default(20),
    /** Days of backups in the platform's bucket; 0: none, and a lost disk is lost. */
    backupDays: z.int().min(0).max(365).default(7),
  }),
  /** AWS runs it. */
  z.strictObject({
    kind: z.literal("rds"),
    /** What costs most: db.m7g.large is about 120 USD a month, twice that with a standby. */
    instanceClass: z
      .string()
      .regex(/^db\.[a-z0-9]+\.[a-z0-9]+$/, "must be an instance class, e.g. db.m7g.large")
      .default("db.m7g.large"),
    /** GiB to begin with. */
    storageGib: gib.default(100),
    /** GiB that it may grow to by itself. */
    maxStorageGib: gib.default(500),
    /** A standby in another zone that takes over; doubles the price. */
    multiAz: z.boolean().default(true),
    /** Days that every second can be gone back to. */
    backupDays: z.int().min(0).default(14),
  }),
]);

const harbor = z.strictObject({
  /** Name that nodes pull from; a load balancer inside the network, about 20 USD a month. Default: pods only. */
  host: z.hostname("must be a host name, e.g. registry.example.com").optional(),
  /** ClusterIssuer whose certificates the nodes trust. Default: the platform's own authority, which they do not. */
  issuer: z.string().min(1).optional(),
});

/** Config keys of the registry room; see `../schema.ts`. */
export const REGISTRY_SHAPE = {
  postgres: postgres.prefault({ kind: "cloudnative-pg" }),
  harbor: harbor.prefault({}),
} as const;

/** A value that is right, for each of them. */
export const REGISTRY_EXAMPLES = {
  postgres: { kind: "rds", instanceClass: "db.m7g.large", storageGib: 100, maxStorageGib: 500, multiAz: true },
  harbor: { host: "registry.example.com", issuer: "letsencrypt" },
} as const;

/** How these keys fit together, and with the others. */
export function registryFindings({ systems, cluster, postgres, harbor, protect }: Partial<PlatformConfig>): Finding[] {
  const rds = postgres?.kind === "rds" ? postgres : undefined;
  return [
    ...needs(systems, "postgres", ["cert-manager", "vault", "external-secrets"]),
    ...needs(systems, "harbor", ["cert-manager", "postgres", "vault", "external-secrets"]),
    ...(rds !== undefined && cluster !== undefined && cluster.kind !== "eks"
      ? [{ path: ["postgres", "kind"], message: `cannot be rds on a cluster of kind ${cluster.kind}; cloudnative-pg` }]
      : []),
    ...(rds === undefined
      ? []
      : findRdsProblems({ ...rds, protect: protect ?? false }).map((message) => ({ path: ["postgres"], message }))),
    ...(harbor?.issuer !== undefined && harbor.host === undefined
      ? [{ path: ["harbor", "issuer"], message: "signs nothing without harbor.host" }]
      : []),
  ];
}
