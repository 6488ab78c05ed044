import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AclOperations,
  type AclOperationValue,
  AclPermissionTypes,
  Admin,
  Consumer,
  type Message,
  Producer,
  ResourcePatternTypes,
  ResourceTypes,
} from "@platformatic/kafka";
import { BROKER_USERS, type BrokerUser, DEAD_LETTER_TOPIC, JOBS_TOPIC } from "../../../components/queue/constants.ts";
import { USER_ACLS } from "../../../components/queue/topics.ts";
import { Authority } from "../../../local/cluster/identity/authority.ts";
import type { BrokerConnection } from "../../../submission/service/queue/kafka-connection.ts";
import { eventually } from "../control-plane/eventually.ts";
import { kafkaJars, requireJava } from "./kafka-jars.ts";

export interface StartOptions {
  /** Of the jobs' topic. Default: 4. */
  readonly partitions?: number;
}

/** A real Apache Kafka, one node, on free ports of the loopback and in a folder of its own. */
export class KafkaBroker {
  readonly #folder: string;
  readonly #ports: readonly [clients: number, internal: number, controller: number];
  readonly #authority: Authority;
  readonly #partitions: number;
  #process: ChildProcess | undefined;

  private constructor(folder: string, ports: [number, number, number], authority: Authority, partitions: number) {
    this.#folder = folder;
    this.#partitions = partitions;
    this.#ports = ports;
    this.#authority = authority;
  }

  /** With the topics, users and rights that the platform stack gives the service. */
  static async start({ partitions = 4 }: StartOptions = {}): Promise<KafkaBroker> {
    requireJava();
    kafkaJars();
    const folder = mkdtempSync(join(tmpdir(), "orch-broker-"));
    const broker = new KafkaBroker(folder, await freePorts(), await Authority.create("orch-test-brokers"), partitions);
    await broker.#format();
    await broker.restart();
    await broker.#prepare();
    return broker;
  }

  /** How a user of the service connects, as its Deployment's variables would say. */
  connection(user: BrokerUser): BrokerConnection {
    return {
      brokers: [`localhost:${this.#ports[0]}`],
      login: { username: user, password: passwordOf(user) },
      authority: this.#authority.certificatePem,
    };
  }

  /** Without a password: only for what the test itself asks. */
  get #internal(): { clientId: string; bootstrapBrokers: string[] } {
    return { clientId: "test", bootstrapBrokers: [`127.0.0.1:${this.#ports[1]}`] };
  }

  async #format(): Promise<void> {
    const [clients, internal, controller] = this.#ports;
    const { certificatePem, keyPem } = await this.#authority.issue({
      commonName: "broker",
      usage: "server",
      dnsNames: ["localhost"],
      ipAddresses: ["127.0.0.1"],
    });
    writeFileSync(join(this.#folder, "broker.pem"), keyPem + certificatePem + this.#authority.certificatePem, {
      mode: 0o600,
    });
    const settings = {
      "process.roles": "broker,controller",
      "node.id": 1,
      "controller.quorum.bootstrap.servers": `127.0.0.1:${controller}`,
      listeners: `CLIENTS://127.0.0.1:${clients},INTERNAL://127.0.0.1:${internal},CONTROLLER://127.0.0.1:${controller}`,
      // By a name, which is what certificates are checked for.
      "advertised.listeners": `CLIENTS://localhost:${clients},INTERNAL://127.0.0.1:${internal}`,
      "listener.security.protocol.map": "CLIENTS:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
      "inter.broker.listener.name": "INTERNAL",
      "controller.listener.names": "CONTROLLER",
      "sasl.enabled.mechanisms": "SCRAM-SHA-512",
      "listener.name.clients.scram-sha-512.sasl.jaas.config":
        "org.apache.kafka.common.security.scram.ScramLoginModule required;",
      "listener.name.clients.ssl.keystore.type": "PEM",
      "listener.name.clients.ssl.keystore.location": join(this.#folder, "broker.pem"),
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "super.users": "User:ANONYMOUS",
      "log.dirs": join(this.#folder, "data"),
      "auto.create.topics.enable": false,
      "offsets.topic.replication.factor": 1,
      "offsets.topic.num.partitions": 1,
      "transaction.state.log.replication.factor": 1,
      "transaction.state.log.min.isr": 1,
      "group.initial.rebalance.delay.ms": 0,
      // A dispatcher that was killed is missed sooner than in a cluster, or the tests would wait for that.
      "group.min.session.timeout.ms": 1000,
      "num.network.threads": 2,
      "num.io.threads": 2,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    writeFileSync(join(this.#folder, "server.properties"), `${lines.join("\n")}\n`);
    const users = BROKER_USERS.flatMap((user) => [
      "--add-scram",
      `SCRAM-SHA-512=[name=${user},password=${passwordOf(user)}]`,
    ]);
    const format = spawnSync("java", [
      ...JAVA,
      "kafka.tools.StorageTool",
      "format",
      "--standalone",
      "--cluster-id=4L6g3nShT-eMCtK--X86sw",
      `--config=${join(this.#folder, "server.properties")}`,
      ...users,
    ]);
    if (format.status !== 0) throw new Error(`Kafka's storage could not be made: ${format.stderr}`);
  }

  async #prepare(): Promise<void> {
    await this.#admin(async (admin) => {
      await admin.createTopics({ topics: [JOBS_TOPIC], partitions: this.#partitions, replicas: 1 });
      await admin.createTopics({ topics: [DEAD_LETTER_TOPIC], partitions: 1, replicas: 1 });
      const creations = Object.entries(USER_ACLS).flatMap(([user, acls]) =>
        acls.flatMap(({ resource, operations }) =>
          operations.map((operation) => ({
            resourceType: resource.type === "topic" ? ResourceTypes.TOPIC : ResourceTypes.GROUP,
            resourceName: resource.name,
            resourcePatternType:
              resource.patternType === "prefixed" ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
            principal: `User:${user}`,
            host: "*",
            operation: OPERATIONS[operation] ?? AclOperations.UNKNOWN,
            permissionType: AclPermissionTypes.ALLOW,
          })),
        ),
      );
      await admin.createAcls({ creations });
    });
  }

  async #admin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = new Admin(this.#internal);
    try {
      return await work(admin);
    } finally {
      await admin.close();
    }
  }

  /** Starts it, again on the same ports and with what it had. */
  async restart(): Promise<void> {
    const output = openSync(join(this.#folder, "log"), "a");
    const child = spawn("java", [...JAVA, "kafka.Kafka", join(this.#folder, "server.properties")], {
      stdio: ["ignore", output, output],
    });
    closeSync(output);
    this.#process = child;
    let exited = false;
    child.once("exit", () => {
      exited = true;
    });
    await eventually("the broker answers", async () => {
      if (exited) throw new Error(`Kafka ended: ${readFileSync(join(this.#folder, "log"), "utf8").slice(-2_000)}`);
      return this.#admin(async (admin) => (await admin.listTopics()) !== undefined);
    });
  }

  /** At once, without a word to anybody. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Puts something on the jobs' topic past the service. */
  async put(messages: readonly { readonly key: Buffer; readonly value: Buffer }[]): Promise<void> {
    const producer = new Producer(this.#internal);
    await producer.send({ messages: messages.map((message) => ({ ...message, topic: JOBS_TOPIC })), acks: -1 });
    await producer.close();
  }

  /** Everything a topic has; waits until it is `count` messages. */
  async messages(topic: string, count: number): Promise<readonly Message[]> {
    const consumer = new Consumer({ ...this.#internal, groupId: `test-${topic}-${Date.now()}` });
    const stream = await consumer.consume({ topics: [topic], mode: "earliest", autocommit: false });
    const found: Message[] = [];
    if (count > 0) {
      for await (const message of stream) {
        found.push(message);
        if (found.length >= count) break;
      }
    }
    await consumer.close(true);
    return found;
  }

  /** As if the group had done nothing yet; it must have no member, so this waits until the last is missed. */
  async rewind(groupId: string): Promise<void> {
    const partitions = Array.from({ length: this.#partitions }, (_, partition) => ({ partition, offset: 0n }));
    await eventually("nobody is in the group", () =>
      this.#admin(async (admin) => {
        await admin.alterConsumerGroupOffsets({
          groupId,
          topics: [{ name: JOBS_TOPIC, partitionOffsets: partitions }],
        });
        return true;
      }),
    );
  }

  /** How many messages a group has not done with yet. */
  async lag(group: string): Promise<bigint> {
    return this.#admin(async (admin) => {
      const committed = await admin.listConsumerGroupOffsets({ groups: [group] });
      const done = committed.flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions));
      const partitions = Array.from({ length: this.#partitions }, (_, partitionIndex) => ({
        partitionIndex,
        timestamp: -1n,
      }));
      const ends = await admin.listOffsets({ topics: [{ name: JOBS_TOPIC, partitions }] });
      const end = ends.flatMap((topic) => topic.partitions).reduce((sum, { offset }) => sum + offset, 0n);
      return end - done.reduce((sum, { committedOffset }) => sum + (committedOffset < 0n ? 0n : committedOffset), 0n);
    });
  }
}

const JAVA = [
  "-Xmx256m",
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
  "-cp",
  join(kafkaJars(), "*"),
];

const OPERATIONS: Readonly<Record<string, AclOperationValue>> = {
  Read: AclOperations.READ,
  Write: AclOperations.WRITE,
  Describe: AclOperations.DESCRIBE,
  DescribeConfigs: AclOperations.DESCRIBE_CONFIGS,
};

const passwordOf = (user: BrokerUser) => `${user}-test-password`;

async function freePorts(): Promise<[number, number, number]> {
  const servers = await Promise.all([0, 0, 0].map(listen));
  const ports = servers.map(({ port }) => port);
  for (const { close } of servers) close();
  const [clients = 0, internal = 0, controller = 0] = ports;
  return [clients, internal, controller];
}

function listen(): Promise<{ readonly port: number; readonly close: () => void }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address !== null ? address.port : 0,
        close: () => void server.close(),
      });
    });
  });
}
