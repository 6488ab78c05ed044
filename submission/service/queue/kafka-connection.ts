import type { BaseOptions } from "@platformatic/kafka";

/** How the brokers are reached. With a login: TLS and SCRAM-SHA-512, and no other way. */
export interface BrokerConnection {
  /** `host:port` of each that is asked first. */
  readonly brokers: readonly string[];
  /** Default: none, and no TLS either: brokers on this host. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Certificates the brokers' are checked against (PEM). Default: the system's authorities. */
  readonly authority?: string;
}

/** What every client of the brokers is made with. A broker that is away is noticed within seconds; whoever asked tries again. */
export function clientOptions({ brokers, login, authority }: BrokerConnection, clientId: string): BaseOptions {
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    connectTimeout: 3_000,
    timeout: 5_000,
    retries: 2,
    retryDelay: 250,
    // Topics are the platform stack's to make.
    autocreateTopics: false,
    ...(login === undefined
      ? {}
      : {
          tls: { ...(authority === undefined ? {} : { ca: authority }) },
          tlsServerName: true,
          sasl: { mechanism: "SCRAM-SHA-512", username: login.username, password: login.password },
        }),
  };
}
