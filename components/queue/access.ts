import type * as pulumi from "@pulumi/pulumi";
import type { Delivery } from "../security/index.ts";
import type { BrokerUser } from "./constants.ts";

/** How the brokers are reached: Kafka protocol over TLS, SASL/SCRAM-SHA-512. */
export interface BrokerAccess {
  /** `host:port` of every broker, comma-separated. */
  readonly bootstrap: string;
  /**
   * Brings a user's `username`, `password`, `sasl` (`scram_sha512`), `tls` (`enable`) and `ca` (the brokers' authority, PEM) to a
   * namespace: the keys that KEDA's Kafka scaler names.
   *
   * The Secret is called `redpanda-<user>`.
   */
  secret(user: BrokerUser, namespace: string, to: Delivery): BrokerSecret;
  /** What must be up before anybody connects: brokers, topics, users. */
  readonly ready: pulumi.Resource[];
}

export interface BrokerSecret {
  readonly secretName: string;
  readonly ready: pulumi.Resource[];
}
