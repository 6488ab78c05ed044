import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheRoot } from "../../../local/toolchain/index.ts";

const KAFKA = "4.1.1";
/** The plugin's version is pinned: which one Maven takes by itself differs between its releases. */
const COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>orch.test</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

const NEEDED = "The tests of the queue run a real Apache Kafka: they need Java 17 or later and Maven on the PATH.";

/** Folder with every jar of Apache Kafka: in the tool cache, brought there once by the user's Maven. */
export function kafkaJars(): string {
  const folder = join(cacheRoot(), "kafka", KAFKA);
  if (existsSync(folder)) return folder;
  const scratch = mkdtempSync(join(tmpdir(), "orch-kafka-"));
  try {
    writeFileSync(join(scratch, "pom.xml"), POM);
    const jars = join(scratch, "jars");
    const maven = spawnSync("mvn", ["--batch-mode", "--quiet", COPY, `-DoutputDirectory=${jars}`], {
      cwd: scratch,
      encoding: "utf8",
    });
    if (maven.error !== undefined) throw new Error(`${NEEDED} There is no Maven.`, { cause: maven.error });
    if (maven.status !== 0) throw new Error(`Maven could not bring Apache Kafka ${KAFKA}:\n${maven.stdout}`);
    mkdirSync(join(cacheRoot(), "kafka"), { recursive: true });
    // Another file system may be between: a copy first, then a name for the whole.
    renameAcross(jars, folder);
    return folder;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function renameAcross(from: string, to: string): void {
  const draft = `${to}.${process.pid}`;
  const copied = spawnSync("cp", ["-r", from, draft]);
  if (copied.status !== 0) throw new Error(`The tool cache cannot be written: ${copied.stderr}`);
  try {
    renameSync(draft, to);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
}

/** @throws with what to install when there is no Java that runs this Kafka. */
export function requireJava(): void {
  const java = spawnSync("java", ["-version"], { encoding: "utf8" });
  if (java.error !== undefined) throw new Error(`${NEEDED} There is no Java.`, { cause: java.error });
  const version = Number(/version "(\d+)/.exec(java.stderr)?.[1]);
  if (!(version >= 17)) throw new Error(`${NEEDED} This is Java ${version}.`);
}
