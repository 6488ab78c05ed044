import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/index.ts";
import { DeliveredSecret, type SecretStoreAccess, StoredSecret } from "../security/index.ts";
import type { DatabaseAccess } from "./access.ts";
import { DATABASE_NAMESPACE, DATABASES, type DatabaseName, POSTGRES_PORT } from "./constants.ts";

/** Where Vault keeps a database's user, below the platform's mount. */
const pathOf = (database: DatabaseName) => `${DATABASE_NAMESPACE}/postgres-${database}`;
/** Secret of a database's user in the databases' own namespace. */
export const userSecret = (database: DatabaseName) => `postgres-${database}`;

export interface DatabaseUsersArgs {
  readonly cluster: Cluster;
  readonly secrets: SecretStoreAccess;
}

/** One user per database: its password generated, kept in Vault, and brought to where the server learns of it. */
export class DatabaseUsers extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];
  readonly #args: DatabaseUsersArgs;

  constructor(name: string, args: DatabaseUsersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:registry:DatabaseUsers", name, {}, opts);
    this.#args = args;
    this.ready = DATABASES.flatMap((database) => {
      const stored = new StoredSecret(
        `postgres-${database}`,
        { store: args.secrets, path: pathOf(database), data: { username: database, password: "generated" } },
        { parent: this },
      );
      return this.deliver(database, DATABASE_NAMESPACE, userSecret(database), {
        parent: this,
        dependsOn: stored.ready,
      }).ready;
    });
    this.registerOutputs({ databases: [...DATABASES] });
  }

  /**
   * How each system gets in.
   *
   * @param ready done when the databases are there
   */
  access(host: pulumi.Input<string>, ready: pulumi.Resource[]): Record<DatabaseName, DatabaseAccess> {
    const to = (database: DatabaseName): DatabaseAccess => ({
      host,
      port: POSTGRES_PORT,
      database,
      user: database,
      path: pathOf(database),
      ready,
      secret: (namespace, { parent = this, dependsOn = [] }, name = userSecret(database)) =>
        this.deliver(database, namespace, name, { parent, dependsOn: [...this.ready, ...dependsOn] }),
    });
    return {
      registry: to("registry"),
      argo: to("argo"),
      marquez: to("marquez"),
      harbor: to("harbor"),
      grafana: to("grafana"),
      materialize: to("materialize"),
    };
  }

  private deliver(
    database: DatabaseName,
    namespace: string,
    secretName: string,
    opts: pulumi.ComponentResourceOptions,
  ): DeliveredSecret {
    return new DeliveredSecret(
      `${namespace}-${secretName}`,
      {
        cluster: this.#args.cluster,
        store: this.#args.secrets,
        namespace,
        secretName,
        path: pathOf(database),
        type: "kubernetes.io/basic-auth",
        // CloudNativePG follows a Secret that changes only with this label.
        ...(namespace === DATABASE_NAMESPACE ? { labels: { "cnpg.io/reload": "true" } } : {}),
        template: { username: "{{ .username }}", password: "{{ .password }}" },
      },
      opts,
    );
  }
}
