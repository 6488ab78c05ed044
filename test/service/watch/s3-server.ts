import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PutObjectCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

/** What the server takes signatures of. */
export const KEYS = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };

/** s3rver, a server of S3's protocol in a process of its own, which checks signatures and keeps objects in a folder. It is not AWS's. */
export class S3Server {
  readonly #folder = mkdtempSync(join(tmpdir(), "orch-s3-"));
  readonly #bucket: string;
  #process: ChildProcess | undefined;
  #port = "0";

  private constructor(bucket: string) {
    this.#bucket = bucket;
  }

  static async start(bucket: string): Promise<S3Server> {
    const server = new S3Server(bucket);
    await server.restart();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get client(): S3ClientConfig {
    return { endpoint: this.url, forcePathStyle: true, credentials: KEYS };
  }

  /** On the port it had before. */
  async restart(): Promise<void> {
    const run = 'require("@20minutes/s3rver/lib/cli").parseAsync()';
    const where = ["-d", this.#folder, "-a", "127.0.0.1", "-p", this.#port, "--no-vhost-buckets"];
    this.#process = spawn(process.execPath, ["-e", run, "s3rver", ...where, "--configure-bucket", this.#bucket], {
      // What it says of clients that went away is expected here.
      stdio: ["ignore", "pipe", "ignore"],
    });
    for await (const line of createInterface({ input: this.#process.stdout ?? process.stdin })) {
      const [, port] = /listening on \S+:(\d+)/.exec(line) ?? [];
      if (port === undefined) continue;
      this.#port = port;
      this.#process.stdout?.resume();
      return;
    }
    throw new Error("the S3 server ended before it served");
  }

  async put(key: string, body: string | Uint8Array): Promise<void> {
    const client = new S3Client({ region: "us-east-1", ...this.client });
    await client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: body }));
    client.destroy();
  }

  /** It takes connections and answers nothing. */
  freeze(): void {
    this.#process?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    this.#process?.once("exit", () => resolve());
    this.#process?.kill("SIGKILL");
    await gone;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }
}
