/** Names on the brokers, as the platform stack makes them. */
export const KAFKA_NAMES = {
  jobsTopic: "orch.jobs",
  deadLetterTopic: "orch.jobs.dlq",
  group: "orch-dispatcher",
} as const;
