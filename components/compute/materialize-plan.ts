import { createHash } from "node:crypto";
import type * as k8s from "@pulumi/kubernetes";
import { CONTAINER_SECURITY, ON_SYSTEM_NODES, POD_SECURITY, resources } from "../system/index.ts";
import { MATERIALIZE_PORT } from "./constants.ts";

/** The operator acts on a change only when this id changes with it: it is made of what it stands for. */
export function rolloutId(spec: object): string {
  const hex = createHash("sha256").update(JSON.stringify(spec)).digest("hex");
  // Version 8: a UUID whose content is our own affair.
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

/** Name of the connection that a view's source refers to. */
export const CONNECTION = "redpanda";
const SCRIPT = "connect.sql";
/** User of `psql` in PostgreSQL's Alpine image. */
const PSQL_USER = 70;

/** Run again and again, it changes nothing but passwords that have changed. Values come by variables, never by its text. */
export function planConnectionSql(bootstrap: string): string {
  const secrets = ["username", "password", "ca"].flatMap((key) => [
    `\\getenv ${key} BROKER_${key.toUpperCase()}`,
    `CREATE SECRET IF NOT EXISTS ${CONNECTION}_${key} AS :'${key}';`,
    `ALTER SECRET ${CONNECTION}_${key} AS :'${key}';`,
  ]);
  const brokers = bootstrap.split(",").map((broker) => `'${broker.trim()}'`);
  return [
    "\\set ON_ERROR_STOP 1",
    ...secrets,
    `CREATE CONNECTION IF NOT EXISTS ${CONNECTION} TO KAFKA (`,
    `  BROKERS (${brokers.join(", ")}),`,
    "  SECURITY PROTOCOL = 'SASL_SSL',",
    "  SASL MECHANISMS = 'SCRAM-SHA-512',",
    `  SASL USERNAME = SECRET ${CONNECTION}_username,`,
    `  SASL PASSWORD = SECRET ${CONNECTION}_password,`,
    `  SSL CERTIFICATE AUTHORITY = SECRET ${CONNECTION}_ca`,
    ");",
    "",
  ].join("\n");
}

/** The job that runs it, and the ConfigMap's data that it runs. */
export function connectionJob(
  bootstrap: string,
  secretName: string,
  image: string,
): { script: Record<string, string>; job: k8s.types.input.batch.v1.JobSpec } {
  const variable = (key: string) => ({
    name: `BROKER_${key.toUpperCase()}`,
    valueFrom: { secretKeyRef: { name: secretName, key } },
  });
  return {
    script: { [SCRIPT]: planConnectionSql(bootstrap) },
    job: {
      // Materialize may take minutes to answer for the first time.
      backoffLimit: 20,
      template: {
        spec: {
          restartPolicy: "OnFailure",
          automountServiceAccountToken: false,
          nodeSelector: { ...ON_SYSTEM_NODES },
          securityContext: { ...POD_SECURITY, runAsUser: PSQL_USER, runAsGroup: PSQL_USER },
          containers: [
            {
              name: "psql",
              image,
              command: [
                "psql",
                `postgresql://materialize@materialize:${MATERIALIZE_PORT}/materialize`,
                "--no-psqlrc",
                `--file=/sql/${SCRIPT}`,
              ],
              env: ["username", "password", "ca"].map(variable),
              resources: resources({ cpu: "10m", memory: "64Mi" }),
              securityContext: {
                ...CONTAINER_SECURITY,
                capabilities: { drop: [...CONTAINER_SECURITY.capabilities.drop] },
              },
              volumeMounts: [{ name: "sql", mountPath: "/sql", readOnly: true }],
            },
          ],
          volumes: [{ name: "sql", configMap: { name: "connect-redpanda" } }],
        },
      },
    },
  };
}
