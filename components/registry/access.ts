import type * as pulumi from "@pulumi/pulumi";
import type { Delivery } from "../security/index.ts";

/** One system's own database and how it gets in; TLS is required everywhere. */
export interface DatabaseAccess {
  readonly host: pulumi.Input<string>;
  readonly port: number;
  readonly database: string;
  /** Also a key of the secret. */
  readonly user: string;
  /** Where Vault keeps `username` and `password`, below the mount: for who needs them in a form of his own. */
  readonly path: string;
  /**
   * Brings `username` and `password` to a namespace.
   *
   * @param name of the Secret. Default: `postgres-<database>`.
   */
  secret(namespace: string, to: Delivery, name?: string): DatabaseSecret;
  /** What must be up before anybody connects: the server, and the database on it. */
  readonly ready: pulumi.Resource[];
}

export interface DatabaseSecret {
  readonly secretName: string;
  readonly ready: pulumi.Resource[];
}
