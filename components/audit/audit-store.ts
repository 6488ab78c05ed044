import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AUDIT_USERS, type AuditUser, auditSchema } from "../../submission/spec/audit/index.ts";
import {
  DeliveredSecret,
  type Delivery,
  MANAGED_BY,
  PlatformSecret,
  type SecretStoreAccess,
  serverCertificate,
} from "../security/index.ts";
import { CHARTS, chartRelease, replicas, type SystemArgs, task } from "../system/index.ts";
import {
  AUDIT_TLS_SECRET,
  auditSecret,
  type ClickHouseSettings,
  OPERATOR_SECRET,
  planClickHouse,
  planClickHouseOperatorValues,
  planKeeper,
} from "./clickhouse.ts";
import { AUDIT_HOST, AUDIT_NAMESPACE, AUDIT_PORT } from "./constants.ts";

export interface AuditStoreArgs extends SystemArgs, Omit<ClickHouseSettings, "availability"> {
  readonly secrets: SecretStoreAccess;
  /** Refuse to delete it. Default: false. */
  readonly protect?: boolean;
}

/** Where the audit is written, and how a namespace gets in. */
export interface AuditAccess {
  /** `https://host:port`; its certificate is the platform authority's. */
  readonly address: string;
  readonly namespace: string;
  /** TCP ports that writers and readers use. */
  readonly ports: readonly number[];
  /** Brings `username`, `password` and `ca` (PEM) of a user to a namespace. Default: the writer's, as `audit-writer`. */
  secret(
    namespace: string,
    to: Delivery,
    user?: "writer" | "reader",
  ): { readonly secretName: string; readonly ready: pulumi.Resource[] };
  /** What must be up before the first row: servers, and the table on them. */
  readonly ready: pulumi.Resource[];
}

const CURL_IMAGE = "curlimages/curl:8.20.0";
/** User `curl_user` of the image. */
const CURL_USER = 100;

/** Sends every statement, one after the other; the password goes by a file that nobody lists, not by an argument. */
export const SCHEMA_SCRIPT = `set -eu
umask 077
printf 'X-ClickHouse-User: %s\\nX-ClickHouse-Key: %s\\n' "$AUDIT_USER" "$AUDIT_PASSWORD" > /tmp/headers
for statement in /task/*.sql; do
  curl --silent --show-error --fail-with-body --retry 20 --retry-all-errors --retry-delay 5 \\
    --cacert /tls/ca.crt --header @/tmp/headers --data-binary "@$statement" "$AUDIT_ADDRESS/"
done
`;

/** ClickHouse for the audit: servers, users who cannot take a row back, and the table. */
export class AuditStore extends pulumi.ComponentResource {
  readonly access: AuditAccess;

  constructor(name: string, args: AuditStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:audit:AuditStore", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const users = this.users(name, args);
    const operator = chartRelease(
      `${name}-operator`,
      {
        chart: CHARTS.clickhouseOperator,
        release: OPERATOR_SECRET,
        namespace: AUDIT_NAMESPACE,
        mirror: args.mirror,
        values: planClickHouseOperatorValues(args),
      },
      { ...child, dependsOn: users },
    );
    const servers = this.servers(name, args, { ...child, dependsOn: [operator] });
    const address = `https://${AUDIT_HOST}:${AUDIT_PORT}`;
    const schema = task(
      `${name}-schema`,
      {
        namespace: AUDIT_NAMESPACE,
        name: "audit-schema",
        labels: MANAGED_BY,
        image: CURL_IMAGE,
        user: CURL_USER,
        command: ["sh", "/task/schema.sh"],
        files: planSchemaFiles(replicas(args.availability) > 1),
        env: { AUDIT_ADDRESS: address, AUDIT_USER: AUDIT_USERS.owner },
        secretEnv: { AUDIT_PASSWORD: { secret: auditSecret("owner"), key: "password" } },
        secretFolders: { "/tls": AUDIT_TLS_SECRET },
      },
      { ...child, dependsOn: servers },
    );
    this.access = {
      address,
      namespace: AUDIT_NAMESPACE,
      ports: [AUDIT_PORT],
      ready: [...servers, schema],
      secret: (namespace, { parent = this, dependsOn = [] }, user = "writer") =>
        new DeliveredSecret(
          `${namespace}-${auditSecret(user)}`,
          {
            cluster: args.cluster,
            store: args.secrets,
            namespace,
            secretName: auditSecret(user),
            path: `${AUDIT_NAMESPACE}/${auditSecret(user)}`,
            authorityKey: "ca",
          },
          { parent, dependsOn: [...users, ...dependsOn] },
        ),
    };
    this.registerOutputs({ address });
  }

  private users(name: string, { cluster, secrets }: AuditStoreArgs): pulumi.Resource[] {
    const secret = (secretName: string, username: string) =>
      new PlatformSecret(
        `${name}-${secretName}`,
        {
          cluster,
          store: secrets,
          namespace: AUDIT_NAMESPACE,
          secretName,
          data: { username, password: "generated" },
        },
        { parent: this },
      ).ready;
    const kinds = Object.keys(AUDIT_USERS) as AuditUser[];
    return [
      ...secret(OPERATOR_SECRET, "clickhouse_operator"),
      ...kinds.flatMap((kind) => secret(auditSecret(kind), AUDIT_USERS[kind])),
    ];
  }

  private servers(
    name: string,
    args: AuditStoreArgs,
    child: pulumi.CustomResourceOptions & { dependsOn: pulumi.Resource[] },
  ): pulumi.Resource[] {
    const metadata = { name: "audit", namespace: AUDIT_NAMESPACE, labels: { ...MANAGED_BY } };
    const kept = { ...child, protect: args.protect ?? false };
    const tls = serverCertificate(
      name,
      { namespace: AUDIT_NAMESPACE, secretName: AUDIT_TLS_SECRET, dnsNames: [AUDIT_HOST, "clickhouse-audit"] },
      child,
    );
    const keeper =
      replicas(args.availability) === 1
        ? []
        : [
            new k8s.apiextensions.CustomResource(
              `${name}-keeper`,
              {
                apiVersion: "clickhouse-keeper.altinity.com/v1",
                kind: "ClickHouseKeeperInstallation",
                metadata: { ...metadata, annotations: completed },
                spec: planKeeper(),
              },
              kept,
            ),
          ];
    const installation = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "clickhouse.altinity.com/v1",
        kind: "ClickHouseInstallation",
        metadata: { ...metadata, annotations: completed },
        spec: planClickHouse(args),
      },
      { ...kept, dependsOn: [...child.dependsOn, tls, ...keeper] },
    );
    return [...keeper, installation];
  }
}

/** How the operator says that it is done. */
const completed = { "pulumi.com/waitFor": "jsonpath={.status.status}=Completed" };

export const planSchemaFiles = (replicated: boolean): Record<string, string> => ({
  "schema.sh": SCHEMA_SCRIPT,
  ...Object.fromEntries(
    auditSchema(replicated ? "replicated" : "single").map((statement, index) => [
      `${String(index + 1).padStart(2, "0")}.sql`,
      statement,
    ]),
  ),
});
