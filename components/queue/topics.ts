import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/index.ts";
import { DeliveredSecret, MANAGED_BY, PlatformSecret, type SecretStoreAccess } from "../security/index.ts";
import type { BrokerAccess } from "./access.ts";
import {
  BROKER_USERS,
  type BrokerUser,
  DEAD_LETTER_TOPIC,
  DISPATCHER_GROUP,
  JOBS_TOPIC,
  REDPANDA_NAMESPACE,
} from "./constants.ts";
import { planOperatorAccess } from "./redpanda.ts";

const API = "cluster.redpanda.com/v1alpha2";

export interface TopicSettings {
  /** As many dispatchers can work at the same time. Default: 12. */
  readonly partitions?: number;
  /** Hours a job stays on the topic, done or not; long enough for an outage of the dispatcher. Default: 168. */
  readonly retentionHours?: number;
  /** The same for the dead letter topic: long enough for somebody to look. Default: 720. */
  readonly deadLetterRetentionHours?: number;
}

/** Topics and their specs; a replica on every broker up to three. */
export function planTopics(brokers: number, settings: TopicSettings = {}) {
  const topic = (partitions: number, hours: number) => ({
    partitions,
    replicationFactor: Math.min(3, brokers),
    cluster: planOperatorAccess(brokers),
    additionalConfig: {
      "cleanup.policy": "delete",
      "retention.ms": String(hours * 3_600_000),
      // A job is not lost with one broker.
      ...(brokers >= 3 ? { "min.insync.replicas": "2" } : {}),
    },
  });
  return {
    [JOBS_TOPIC]: topic(settings.partitions ?? 12, settings.retentionHours ?? 168),
    // Order means nothing there.
    [DEAD_LETTER_TOPIC]: topic(1, settings.deadLetterRetentionHours ?? 720),
  };
}

type Acl = ReturnType<typeof allow>;
const allow = (type: "topic" | "group", name: string, operations: string[], patternType = "literal") => ({
  type: "allow",
  host: "*",
  resource: { type, name, patternType },
  operations,
});

/** What each user may do on the brokers, and nothing else. */
export const USER_ACLS: Readonly<Record<BrokerUser, readonly Acl[]>> = {
  // Puts accepted submissions there.
  api: [allow("topic", JOBS_TOPIC, ["Write", "Describe"])],
  // Takes jobs, and moves what cannot be done out of the way.
  dispatcher: [
    allow("topic", JOBS_TOPIC, ["Read", "Describe"]),
    allow("topic", DEAD_LETTER_TOPIC, ["Read", "Write", "Describe"]),
    allow("group", DISPATCHER_GROUP, ["Read", "Describe"]),
  ],
  // Compares where the group is with where the topic ends.
  keda: [allow("topic", JOBS_TOPIC, ["Describe"]), allow("group", DISPATCHER_GROUP, ["Describe"])],
  // Makes views of what is queued.
  materialize: [
    allow("topic", JOBS_TOPIC, ["Read", "Describe", "DescribeConfigs"]),
    allow("group", "materialize-", ["Read", "Describe"], "prefixed"),
  ],
};

/** Name of the Secret with a user's keys, in the brokers' namespace and by default anywhere. */
const userSecret = (user: BrokerUser) => `redpanda-${user}`;

export const planUser = (user: BrokerUser, brokers: number) => ({
  cluster: planOperatorAccess(brokers),
  authentication: {
    type: "scram-sha-512",
    password: { noGenerate: true, valueFrom: { secretKeyRef: { name: userSecret(user), key: "password" } } },
  },
  authorization: { type: "simple", acls: [...USER_ACLS[user]] },
});

export interface TopicsArgs {
  readonly cluster: Cluster;
  readonly secrets: SecretStoreAccess;
  /** How many there are. */
  readonly brokers: number;
  /** `host:port` of every broker, comma-separated. */
  readonly bootstrap: string;
  readonly settings?: TopicSettings;
  /** Refuse to delete topics: their messages would go with them. Default: false. */
  readonly protect?: boolean;
}

/** The topics, and who may use them. */
export class Topics extends pulumi.ComponentResource {
  readonly access: BrokerAccess;

  constructor(name: string, args: TopicsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:queue:Topics", name, {}, opts);
    const topics = Object.entries(planTopics(args.brokers, args.settings)).map(([topic, spec]) =>
      this.object(`topic-${topic}`, "Topic", topic, spec, args, { protect: args.protect ?? false }),
    );
    const users = BROKER_USERS.flatMap((user) => this.user(user, args));
    this.access = {
      bootstrap: args.bootstrap,
      ready: [...topics, ...users],
      secret: (user, namespace, { parent = this, dependsOn = [] }) =>
        new DeliveredSecret(
          `${namespace}-${userSecret(user)}`,
          {
            cluster: args.cluster,
            store: args.secrets,
            namespace,
            secretName: userSecret(user),
            path: `${REDPANDA_NAMESPACE}/${userSecret(user)}`,
            authorityKey: "ca",
          },
          { parent, dependsOn: [...users, ...dependsOn] },
        ),
    };
    this.registerOutputs({ topics: [JOBS_TOPIC, DEAD_LETTER_TOPIC], users: [...BROKER_USERS] });
  }

  private user(user: BrokerUser, args: TopicsArgs): pulumi.Resource[] {
    const secret = new PlatformSecret(
      `redpanda-user-${user}`,
      {
        cluster: args.cluster,
        store: args.secrets,
        namespace: REDPANDA_NAMESPACE,
        secretName: userSecret(user),
        data: { username: user, password: "generated", sasl: "scram_sha512", tls: "enable" },
      },
      { parent: this },
    );
    const object = this.object(`user-${user}`, "User", user, planUser(user, args.brokers), args, {
      dependsOn: secret.ready,
    });
    return [...secret.ready, object];
  }

  private object(
    name: string,
    kind: "Topic" | "User",
    objectName: string,
    spec: object,
    { cluster }: TopicsArgs,
    opts: pulumi.CustomResourceOptions,
  ): k8s.apiextensions.CustomResource {
    return new k8s.apiextensions.CustomResource(
      `redpanda-${name}`,
      {
        apiVersion: API,
        kind,
        metadata: { name: objectName, namespace: REDPANDA_NAMESPACE, labels: { ...MANAGED_BY } },
        spec,
      },
      { parent: this, provider: cluster.provider, ...opts },
    );
  }
}
