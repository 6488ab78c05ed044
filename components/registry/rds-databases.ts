import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { AwsAccess, Cluster } from "../cluster/index.ts";
import { EXTERNAL_SECRETS_API, MANAGED_BY } from "../security/index.ts";
import { task } from "../system/index.ts";
import { DATABASE_NAMESPACE, DATABASES, type DatabaseName, POSTGRES_PORT } from "./constants.ts";
import { userSecret } from "./databases.ts";

export const PSQL_IMAGE = "postgres:18.1-alpine";
/** User `postgres` of the image. */
const PSQL_USER = 70;
const ADMIN_SECRET = "postgres-admin";
const STORE = "secrets-manager";

const passwordVariable = (database: DatabaseName) => `${database.toUpperCase()}_PASSWORD`;

/**
 * SQL that brings the server to its databases from whatever state it is in: a user and a database of the same name each, and
 * nobody else's user gets in. Passwords come from the environment, so that none stands in the text.
 */
export function planDatabasesSql(databases: readonly DatabaseName[]): string {
  const each = databases.map((database) =>
    [
      `\\getenv password ${passwordVariable(database)}`,
      `SELECT 'CREATE ROLE "${database}" LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${database}') \\gexec`,
      `ALTER ROLE "${database}" WITH LOGIN PASSWORD :'password';`,
      // The administrator of RDS is no superuser: it may give a database only to a role it belongs to.
      `GRANT "${database}" TO CURRENT_USER;`,
      `SELECT 'CREATE DATABASE "${database}" OWNER "${database}"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '${database}') \\gexec`,
      `REVOKE ALL ON DATABASE "${database}" FROM PUBLIC;`,
    ].join("\n"),
  );
  return `\\set ON_ERROR_STOP on\n${each.join("\n\n")}\n`;
}

export interface RdsDatabasesArgs {
  readonly cluster: Cluster;
  readonly aws: AwsAccess;
  readonly host: pulumi.Input<string>;
  /** ARN of the secret that AWS keeps the administrator's password in. */
  readonly adminSecretArn: pulumi.Input<string>;
}

/** What is inside the instance; a Job does it, because only the cluster's network reaches the server. */
export class RdsDatabases extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: RdsDatabasesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:registry:RdsDatabases", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const admin = this.administrator(name, args, child);
    this.ready = [
      task(
        `${name}-setup`,
        {
          namespace: DATABASE_NAMESPACE,
          name: "postgres-setup",
          labels: MANAGED_BY,
          image: PSQL_IMAGE,
          user: PSQL_USER,
          command: ["psql", "--no-psqlrc", "--file", "/task/databases.sql"],
          files: { "databases.sql": planDatabasesSql(DATABASES) },
          env: { PGHOST: args.host, PGPORT: String(POSTGRES_PORT), PGDATABASE: "postgres", PGSSLMODE: "require" },
          secretEnv: {
            PGUSER: { secret: ADMIN_SECRET, key: "username" },
            PGPASSWORD: { secret: ADMIN_SECRET, key: "password" },
            ...Object.fromEntries(
              DATABASES.map((database) => [
                passwordVariable(database),
                { secret: userSecret(database), key: "password" },
              ]),
            ),
          },
        },
        { ...child, dependsOn: [admin] },
      ),
    ];
    this.registerOutputs({ databases: [...DATABASES] });
  }

  /** From AWS Secrets Manager, by the role of External Secrets, which may read secrets of this instance and of no other. */
  private administrator(name: string, args: RdsDatabasesArgs, child: pulumi.CustomResourceOptions): pulumi.Resource {
    const metadata = (objectName: string) => ({
      name: objectName,
      namespace: DATABASE_NAMESPACE,
      labels: { ...MANAGED_BY },
      annotations: { "pulumi.com/waitFor": "condition=Ready" },
    });
    const store = new k8s.apiextensions.CustomResource(
      `${name}-secrets-manager`,
      {
        apiVersion: EXTERNAL_SECRETS_API,
        kind: "SecretStore",
        metadata: metadata(STORE),
        spec: { provider: { aws: { service: "SecretsManager", region: args.aws.region } } },
      },
      child,
    );
    return new k8s.apiextensions.CustomResource(
      `${name}-admin`,
      {
        apiVersion: EXTERNAL_SECRETS_API,
        kind: "ExternalSecret",
        metadata: metadata(ADMIN_SECRET),
        spec: {
          // AWS replaces the password every week.
          refreshInterval: "15m0s",
          secretStoreRef: { kind: "SecretStore", name: STORE },
          target: { name: ADMIN_SECRET, creationPolicy: "Owner", deletionPolicy: "Retain" },
          dataFrom: [{ extract: { key: args.adminSecretArn } }],
        },
      },
      { ...child, dependsOn: [store] },
    );
  }
}
