import { readFileSync } from "node:fs";
import { z } from "zod";
import type { LeasePlace } from "../service/kubernetes/lease.ts";
import { KAFKA_NAMES } from "../service/queue/names.ts";
import type { Role } from "../service/serve.ts";
import { UserError } from "../spec/user-error.ts";

const text = z.string().min(1);
const url = z.url({ protocol: /^https?$/ });

/** Variables of `orch serve`, as the platform stack sets them on the service's Deployments. */
const variables = z.object({
  ORCH_PROFILE: text.optional(),
  ORCH_BROKERS_ADDRESS: text.optional(),
  ORCH_BROKERS_USERNAME: text.optional(),
  ORCH_BROKERS_PASSWORD: text.optional(),
  ORCH_BROKERS_CA: text.optional(),
  ORCH_JOBS_TOPIC: text.default(KAFKA_NAMES.jobsTopic),
  ORCH_DEAD_LETTER_TOPIC: text.default(KAFKA_NAMES.deadLetterTopic),
  ORCH_CONSUMER_GROUP: text.default(KAFKA_NAMES.group),
  ORCH_AUDIT_ADDRESS: url.optional(),
  ORCH_AUDIT_USERNAME: text.optional(),
  ORCH_AUDIT_PASSWORD: z.string().optional(),
  ORCH_AUDIT_CA: text.optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
  OPENLINEAGE_URL: url.optional(),
  ORCH_RESULTS: z.enum(["none", "s3"]).default("none"),
  ORCH_WATCH_LEASE: z
    .string()
    .regex(/^[a-z0-9-]{1,63}\/[a-z0-9.-]{1,253}$/, "namespace/name of a Lease")
    .optional(),
});
type Variables = z.infer<typeof variables>;

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface ServeEnvironment {
  /** File of the PlatformProfile. */
  readonly profile: string | undefined;
  /** Undefined: the embedded queue. */
  readonly brokers:
    | {
        readonly brokers: readonly string[];
        readonly login?: Login;
        readonly authority?: string;
        readonly jobsTopic: string;
        readonly deadLetterTopic: string;
        readonly group: string;
      }
    | undefined;
  /** Undefined: the embedded store. */
  readonly audit: (Login & { readonly address: string; readonly ca?: string }) | undefined;
  readonly traces: string | undefined;
  readonly lineage: string | undefined;
  /** Where what nodes wrote to their result path is read from. `s3`: the bucket that the profile names. */
  readonly results: "none" | "s3";
  /** By which dispatchers agree on the one that watches runs. Undefined: each that is started watches. */
  readonly watchLease: LeasePlace | undefined;
}

/** @throws UserError with everything that is missing or wrong */
export function serveEnvironment(role: Role, env: NodeJS.ProcessEnv): ServeEnvironment {
  // An empty variable is how a manifest leaves one out.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const read = variables.safeParse(given);
  if (!read.success) {
    throw wrong(read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`));
  }
  const found = read.data;
  const problems = role === "all" ? [] : missing(role, found);
  for (const prefix of ["ORCH_BROKERS", "ORCH_AUDIT"] as const) {
    const [username, password] = [found[`${prefix}_USERNAME`], found[`${prefix}_PASSWORD`]];
    if ((username === undefined) !== (password === undefined)) {
      problems.push(`${prefix}_USERNAME and ${prefix}_PASSWORD go together`);
    }
  }
  if (problems.length > 0) throw wrong(problems);
  return {
    profile: found.ORCH_PROFILE,
    brokers: brokersOf(found),
    audit: auditOf(found),
    traces: found.OTEL_EXPORTER_OTLP_ENDPOINT,
    lineage: found.OPENLINEAGE_URL,
    results: found.ORCH_RESULTS,
    watchLease: placeOf(found.ORCH_WATCH_LEASE),
  };
}

/** Processes apart meet at the brokers and at the audit store. */
function missing(role: Role, found: Variables): string[] {
  return (["ORCH_BROKERS_ADDRESS", "ORCH_AUDIT_ADDRESS"] as const)
    .filter((name) => found[name] === undefined)
    .map((name) => `${name} is not set, and role ${role} meets the other one there`);
}

function brokersOf(found: Variables): ServeEnvironment["brokers"] {
  const { ORCH_BROKERS_ADDRESS, ORCH_BROKERS_USERNAME, ORCH_BROKERS_PASSWORD, ORCH_BROKERS_CA } = found;
  if (ORCH_BROKERS_ADDRESS === undefined) return undefined;
  return {
    brokers: ORCH_BROKERS_ADDRESS.split(",").map((broker) => broker.trim()),
    ...(ORCH_BROKERS_USERNAME === undefined || ORCH_BROKERS_PASSWORD === undefined
      ? {}
      : { login: { username: ORCH_BROKERS_USERNAME, password: ORCH_BROKERS_PASSWORD } }),
    ...(ORCH_BROKERS_CA === undefined ? {} : { authority: authority("ORCH_BROKERS_CA", ORCH_BROKERS_CA) }),
    jobsTopic: found.ORCH_JOBS_TOPIC,
    deadLetterTopic: found.ORCH_DEAD_LETTER_TOPIC,
    group: found.ORCH_CONSUMER_GROUP,
  };
}

function auditOf(found: Variables): ServeEnvironment["audit"] {
  const { ORCH_AUDIT_ADDRESS, ORCH_AUDIT_USERNAME, ORCH_AUDIT_PASSWORD, ORCH_AUDIT_CA } = found;
  if (ORCH_AUDIT_ADDRESS === undefined) return undefined;
  return {
    address: ORCH_AUDIT_ADDRESS,
    username: ORCH_AUDIT_USERNAME ?? "default",
    password: ORCH_AUDIT_PASSWORD ?? "",
    ...(ORCH_AUDIT_CA === undefined ? {} : { ca: authority("ORCH_AUDIT_CA", ORCH_AUDIT_CA) }),
  };
}

function placeOf(lease: string | undefined): LeasePlace | undefined {
  const [namespace, name] = lease?.split("/") ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

function authority(name: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new UserError(`${name} names the file ${file}, which cannot be read`, { exitCode: 2, cause });
  }
}

const wrong = (problems: readonly string[]): UserError =>
  new UserError(`the environment does not say all that the service needs:\n  ${problems.join("\n  ")}`, {
    hint: "`orch serve --help` lists the variables; with role all nothing has to be set",
    exitCode: 2,
  });
