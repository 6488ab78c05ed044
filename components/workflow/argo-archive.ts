import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";

/** The database that finished Workflows go to. */
export interface WorkflowArchive {
  readonly host: pulumi.Input<string>;
  readonly port: number;
  readonly database: string;
  /** Secret in Argo's namespace with the keys `username` and `password`. */
  readonly secretName: string;
  /** Sets this cluster's rows apart. */
  readonly clusterName: string;
  /** Days an archived Workflow is kept. Default: 90. */
  readonly days?: number;
  /** What must be there before the controller connects. */
  readonly ready: pulumi.Resource[];
}

/**
 * Where finished Workflows are kept after Kubernetes has forgotten them, and where the status of a Workflow goes that has
 * become too large for etcd.
 */
export function planArchive({ port, database, secretName, clusterName, days = 90 }: WorkflowArchive, host: string) {
  return {
    archive: true,
    archiveTTL: `${days}d`,
    nodeStatusOffLoad: true,
    clusterName,
    connectionPool: { maxIdleConns: 10, maxOpenConns: 20, connMaxLifetime: "300s" },
    postgresql: {
      host,
      port,
      database,
      tableName: "argo_workflows",
      userNameSecret: { name: secretName, key: "username" },
      passwordSecret: { name: secretName, key: "password" },
      ssl: true,
      sslMode: "require",
    },
  };
}

/** The same as the ConfigMap's key `persistence`; the host is only known when the database is there. */
export const archiveDocument = (archive: WorkflowArchive): pulumi.Output<string> =>
  pulumi.output(archive.host).apply((host) => stringify(planArchive(archive, host), { sortMapEntries: true }));
