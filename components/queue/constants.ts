/** No imports here. */

export const REDPANDA_NAMESPACE = "redpanda";
export const KEDA_NAMESPACE = "keda";

/** Accepted submissions, waiting for the dispatcher. */
export const JOBS_TOPIC = "orch.jobs";
/** What the dispatcher gave up on, with the reason in a header. */
export const DEAD_LETTER_TOPIC = "orch.jobs.dlq";
/** The dispatcher's consumer group; KEDA scales on its lag. */
export const DISPATCHER_GROUP = "orch-dispatcher";

/** Who connects to the brokers, each with rights of its own. */
export const BROKER_USERS = ["api", "dispatcher", "keda", "materialize"] as const;
export type BrokerUser = (typeof BROKER_USERS)[number];

/** TCP port of the brokers' listener inside the cluster: Kafka protocol over TLS, SASL/SCRAM-SHA-512. */
export const KAFKA_PORT = 9093;
/** TCP port of the brokers' admin API. */
export const ADMIN_PORT = 9644;
/** Name of the release, after which its Services and Secrets are named. */
export const REDPANDA_RELEASE = "redpanda";
