import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { type Environment, resetEnvironment, startEnvironment } from "../../local/cluster/index.ts";
import { ensureLocalTools } from "../../local/environment-tools.ts";
import { type CustomResource, nameOf } from "../engine/custom-resources.ts";

/**
 * What `dev` and `prod` create of the operators' kinds, as the engine's previews show it: test/engine/platform-custom-resources.test.ts
 * keeps these files true. Here a real API server judges them by the operators' real definitions. Those are not part of the
 * checkout: where they are not at hand, the digest tells whether these very files were accepted where they are.
 */
const GOLDEN = new URL("../golden/custom-resources/", import.meta.url).pathname;
const DEFINITIONS = new URL("../../../shared/crds/", import.meta.url).pathname;

const texts = ["dev.yaml", "prod.yaml"].map((file) => readFileSync(join(GOLDEN, file), "utf8"));
const digest = `sha256:${createHash("sha256").update(texts.join("")).digest("hex")}\n`;
/** Groups whose definition nobody publishes: the operator makes it itself when it starts. */
const UNPUBLISHED = ["materialize.cloud"];
const all = texts.flatMap(documents).filter((object) => !UNPUBLISHED.includes(groupOf(object)));
const objects = [...new Map(all.map((object) => [JSON.stringify(object), object])).values()];

if (existsSync(DEFINITIONS)) {
  describe("an API server with the operators' definitions", () => {
    let environment: Environment;
    const definitions = [...ofOperators(), ...ofConstraints()];

    beforeAll(async () => {
      const { environment: tools } = await ensureLocalTools();
      environment = await startEnvironment({
        stateDir: mkdtempSync(join(tmpdir(), "orch-definitions-")),
        tools,
        nodes: [],
      });
      await define(new Server(environment.kubeconfig), definitions);
      // The environment starts it as soon as its definitions are there; its own checks then count too.
      await environment.waitForProcesses(["kueue"], 120_000);
    });
    afterAll(() => resetEnvironment(environment.stateDir));

    test("takes every object that dev and prod create, and knows every field of it", async () => {
      expect(objects.length).toBeGreaterThan(50);
      const server = new Server(environment.kubeconfig);
      const refused = await Promise.all(objects.map((object) => judge(server, object, definitions)));
      expect(refused.flat()).toEqual([]);
      await expect(digest).toMatchFileSnapshot(join(GOLDEN, "accepted.txt"));
    });
  });
} else {
  test("every object that dev and prod create was taken by an API server where the operators' definitions are at hand", () => {
    expect(readFileSync(join(GOLDEN, "accepted.txt"), "utf8")).toBe(digest);
  });
}

function documents(text: string): CustomResource[] {
  return parseAllDocuments(text).map((document) => document.toJS());
}

/** As much of a CustomResourceDefinition as is looked at here. */
interface Definition {
  readonly kind: string;
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string };
  };
  readonly [field: string]: unknown;
}

function groupOf({ apiVersion }: CustomResource): string {
  return apiVersion.split("/")[0] ?? "";
}

/** The definitions of the groups that occur. */
function ofOperators(): Definition[] {
  const groups = new Set(objects.map(groupOf));
  return readdirSync(DEFINITIONS, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => readFileSync(join(DEFINITIONS, file), "utf8"))
    .filter((text) => [...text.matchAll(/^ {2}group: (\S+)$/gm)].some(([, group = ""]) => groups.has(group)))
    .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS()))
    .filter((object) => object?.kind === "CustomResourceDefinition");
}

const constraintTemplate = z.object({
  crd: z.object({
    spec: z.object({
      names: z.object({ kind: z.string() }),
      validation: z.object({ openAPIV3Schema: z.record(z.string(), z.unknown()) }),
    }),
  }),
});

/** Gatekeeper makes the kind of a constraint itself, of its template: the parameters are the template's, the rest is its own. */
function ofConstraints(): Definition[] {
  return objects
    .filter(({ kind }) => kind === "ConstraintTemplate")
    .map((template) => {
      const { names, validation } = constraintTemplate.parse(template.spec).crd.spec;
      const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
      const spec = {
        type: "object",
        properties: { enforcementAction: { type: "string" }, match: open, parameters: validation.openAPIV3Schema },
      };
      const plural = names.kind.toLowerCase();
      return {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `${plural}.constraints.gatekeeper.sh` },
        spec: {
          group: "constraints.gatekeeper.sh",
          names: { kind: names.kind, plural, singular: plural },
          scope: "Cluster",
          versions: [
            {
              name: "v1beta1",
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
            },
          ],
        },
      };
    });
}

/** Requests as they are written: the client's own types know no `x-kubernetes-` fields. */
class Server {
  readonly #config = new KubeConfig();

  constructor(kubeconfig: string) {
    this.#config.loadFromFile(kubeconfig);
  }

  /** @throws Error with what the server says, when it refuses */
  async request(method: "GET" | "POST", path: string, body?: unknown): Promise<unknown> {
    const options: https.RequestOptions = { method, headers: { "content-type": "application/json" } };
    await this.#config.applyToHTTPSOptions(options);
    const request = https.request(`${this.#config.getCurrentCluster()?.server}${path}`, options);
    request.end(body === undefined ? undefined : JSON.stringify(body));
    const response: IncomingMessage = (await once(request, "response"))[0];
    const answer = z.looseObject({ message: z.string().optional() }).parse(await json(response));
    if ((response.statusCode ?? 500) >= 300) throw new Error(answer.message);
    return answer;
  }
}

async function define(server: Server, definitions: readonly Definition[]): Promise<void> {
  const namespaces = new Set(objects.flatMap(({ metadata: { namespace } }) => namespace ?? []));
  for (const name of namespaces) {
    await server.request("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  // The server folds each into what it publishes: at once they would only wait for each other.
  for (const { status: _, ...definition } of definitions) await server.request("POST", path, definition);
  await eventually(async () => {
    const { items } = listed.parse(await server.request("GET", path));
    const waiting = items.filter(
      ({ status }) => !status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True"),
    );
    if (waiting.length > 0)
      throw new Error(`not established: ${waiting.map(({ metadata }) => metadata.name).join(", ")}`);
  });
}

const condition = z.object({ type: z.string(), status: z.string() });
const listed = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({ conditions: z.array(condition).optional() }).optional(),
    }),
  ),
});

/** Asks the server whether it would take the object; the reason when it would not. */
async function judge(server: Server, object: CustomResource, definitions: readonly Definition[]): Promise<string[]> {
  const [group, version] = object.apiVersion.split("/");
  const found = definitions.find(({ spec }) => spec.group === group && spec.names.kind === object.kind);
  if (found === undefined) return [`${nameOf(object)}: nobody defines it`];
  const { namespace } = object.metadata;
  const place = found.spec.scope === "Cluster" || namespace === undefined ? "" : `namespaces/${namespace}/`;
  const path = `/apis/${group}/${version}/${place}${found.spec.names.plural}?dryRun=All&fieldValidation=Strict`;
  return server.request("POST", path, object).then(
    () => [],
    (error: Error) => [`${nameOf(object)}: ${error.message}`],
  );
}

async function eventually(attempt: () => Promise<void>): Promise<void> {
  for (const until = Date.now() + 60_000; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
      await delay(200);
    }
  }
}
