import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { ReadResult } from "../../../submission/service/lineage/result.ts";
import { s3Results } from "../../../submission/service/lineage/s3-results.ts";
import { LineageSink } from "../../../submission/service/lineage/sink.ts";
import { runState } from "../../../submission/service/status/run-state.ts";
import { Unavailable } from "../../../submission/service/unavailable.ts";
import { entriesOf } from "../../../submission/service/watch/entries.ts";
import type { Happened } from "../../../submission/service/watch/index.ts";
import { localProfile } from "../../../submission/spec/index.ts";
import { argoRun, DONE, sampleRecord } from "../../unit/service/runs.ts";
import { KEYS, S3Server } from "./s3-server.ts";

const record = sampleRecord("sub-1");
const storage = { uri: "s3://artifacts", region: "us-east-1" };
const keyOf = (node: string) => `runs/sub-1/${node}/result.json`;

let s3: S3Server;
beforeAll(async () => {
  s3 = await S3Server.start("artifacts");
  await s3.put(keyOf("fetch_data"), JSON.stringify({ outputs: { dataset_uri: { snapshot: 77 } } }));
});
afterAll(() => s3.close());

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  vi.unstubAllEnvs();
});

async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const passedOn = (response: ServerResponse) => (from: IncomingMessage) =>
  from.pipe(response.writeHead(from.statusCode ?? 502, from.headers));

function reading(client: S3ClientConfig = s3.client) {
  const said: string[] = [];
  const log = { warn: (details: object, message: string) => said.push(JSON.stringify({ ...details, message })) };
  const read = s3Results({ storage, log, client });
  return { read: (node: string) => read(record, node), readResult: read, said };
}

describe("a node's result", () => {
  test("is read from where the compiled Workflow has Argo put it", async () => {
    const keys = [...record.manifest.matchAll(/"key":"([^"]*)"/g)].map(([, key]) => key);
    expect(keys).toContain(keyOf("fetch_data"));
    expect(await reading().read("fetch_data")).toEqual({ read: { outputs: { dataset_uri: { snapshot: "77" } } } });
  });

  test("is none where the node wrote none, and nothing is said of it", async () => {
    const { read, said } = reading();
    expect(await read("compute_features")).toBeUndefined();
    expect(said).toEqual([]);
  });

  test.each([
    ["torn", '{"outputs": {"private": ', "it is not JSON in UTF-8"],
    ["binary", new Uint8Array([0x22, 0xff, 0x22]), "it is not JSON in UTF-8"],
    ["list", '["private"]', "the whole is not as"],
    [
      "hashes",
      '{"outputs": {"private": {"sha256": "private"}}, "metrics": {"private": "x"}}',
      "outputs, metrics is not as",
    ],
    ["large", `{"private": "${"x".repeat(1024 * 1024)}"}`, "it is larger than 1048576 bytes"],
  ])("that cannot be read (%s) is said once, without what is in it", async (node, body, reason) => {
    await s3.put(keyOf(node), body);
    const { read, said } = reading();
    expect(await read(node)).toEqual({ unreadable: expect.stringContaining(reason) });
    expect(await read(node)).toEqual({ unreadable: expect.stringContaining(reason) });
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`s3://artifacts/${keyOf(node)}`);
    expect(said[0]).toContain(reason);
    expect(said[0]).not.toContain("private");
  });

  test("that the bucket does not hand out, though it knows us, is asked for three times and then cannot be read", async () => {
    let asked = 0;
    const closed = await listening((_request, response) => {
      asked += 1;
      response.writeHead(403).end("<Error><Code>AccessDenied</Code><Message>no</Message></Error>");
    });
    const { read, said } = reading({ ...s3.client, endpoint: closed });
    expect(await read("fetch_data")).toEqual({ unreadable: "it is not handed out (AccessDenied)" });
    expect(asked).toBe(3);
    expect(said).toHaveLength(1);
  });

  test("is not taken for none when the bucket does not know us", async () => {
    const credentials = { ...KEYS, secretAccessKey: "another" };
    const failure = await reading({ ...s3.client, credentials })
      .read("fetch_data")
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Unavailable);
    expect(failure).toMatchObject({ part: "artifacts", message: expect.stringContaining("SignatureDoesNotMatch") });
  });

  test("is asked for again when S3 has a moment of weakness", async () => {
    let asked = 0;
    const weak = await listening((request, response) => {
      if (++asked < 3) response.writeHead(503).end();
      else httpRequest(`${s3.url}${request.url}`, { headers: request.headers }, passedOn(response)).end();
    });
    expect(await reading({ ...s3.client, endpoint: weak }).read("fetch_data")).toBeDefined();
    expect(asked).toBe(3);
  });

  test("is read once the client can be made that could not be made before", async () => {
    let asked = 0;
    const client: S3ClientConfig = {
      ...s3.client,
      get maxAttempts() {
        asked += 1;
        if (asked === 1) throw new Error("the SDK cannot be loaded");
        return 1;
      },
    };
    const { read } = reading(client);
    await expect(read("fetch_data")).rejects.toThrow(Unavailable);
    expect(await read("fetch_data")).toMatchObject({ read: {} });
  });

  test("is waited for so long and no longer", async () => {
    const requestHandler = { requestTimeout: 50, throwOnRequestTimeout: true };
    const { read } = reading({ ...s3.client, requestHandler, maxAttempts: 2 });
    s3.freeze();
    try {
      await expect(read("fetch_data")).rejects.toThrow("fetch_data/result.json cannot be read (ETIMEDOUT)");
    } finally {
      s3.thaw();
    }
    expect(await read("fetch_data")).toBeDefined();
  });

  test("is read with the credentials of Pod Identity, in whose place an agent of the test stands", async () => {
    const token = join(mkdtempSync(join(tmpdir(), "orch-token-")), "token");
    writeFileSync(token, "of the pod");
    const tokens: (string | undefined)[] = [];
    const agent = await listening((request, response) => {
      tokens.push(request.headers.authorization);
      const given = { AccessKeyId: KEYS.accessKeyId, SecretAccessKey: KEYS.secretAccessKey, Token: "session" };
      response.end(JSON.stringify({ ...given, Expiration: "2099-01-01T00:00:00Z" }));
    });
    vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", `${agent}/v1/credentials`);
    vi.stubEnv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token);
    try {
      expect(await reading({ endpoint: s3.url, forcePathStyle: true }).read("fetch_data")).toBeDefined();
      expect(tokens).toEqual(["of the pod"]);
    } finally {
      rmSync(join(token, ".."), { recursive: true });
    }
  });
});

describe("lineage", () => {
  interface Told {
    readonly eventType: string;
    readonly job: { readonly name: string };
    readonly outputs: { readonly facets?: { readonly version?: { readonly datasetVersion: string } } }[];
  }

  async function lineage(readResult: ReadResult) {
    const told: Told[] = [];
    const url = await listening(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      told.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(201).end();
    });
    const sink = new LineageSink({ url, profile: localProfile(), audit: { record: async () => record }, readResult });
    const state = runState(argoRun("sub-1", DONE));
    const entries = entriesOf(state).slice(0, -1);
    const happened: Happened = { record: async () => record, run: state, entries, told: new Set() };
    const written = () => told.filter(({ eventType, job }) => eventType === "COMPLETE" && /fetch_data$/.test(job.name));
    return { tell: () => sink.tell(happened), written };
  }

  test("carries the version that a node wrote into the bucket, which is read once however often the run is looked at", async () => {
    const asked: string[] = [];
    const { readResult } = reading();
    const { tell, written } = await lineage((of, node) => {
      asked.push(node);
      return readResult(of, node);
    });
    await tell();
    await tell();
    expect(written().map(({ outputs }) => outputs[0]?.facets?.version?.datasetVersion)).toEqual(["77"]);
    expect(asked.sort()).toEqual(["compute_features", "fetch_data", "train_model"]);
  });

  test("is told when the bucket is there again, not without its versions", async () => {
    const { readResult } = reading({ ...s3.client, maxAttempts: 1 });
    const { tell, written } = await lineage(readResult);
    await s3.kill();
    await expect(tell()).rejects.toThrow(Unavailable);
    expect(written()).toEqual([]);
    await s3.restart();
    await tell();
    expect(written().map(({ outputs }) => outputs[0]?.facets?.version?.datasetVersion)).toEqual(["77"]);
  });
});
