import { CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import {
  ArgoWorkflows,
  Connection,
  Refused,
  type WorkflowObject,
} from "../../../submission/service/kubernetes/index.ts";
import { Unavailable } from "../../../submission/service/unavailable.ts";
import { jobFor } from "../../unit/service/dispatching.ts";
import { eventually } from "./eventually.ts";

const NAMESPACE = "team-research";
const ARGO = { group: "argoproj.io", version: "v1alpha1", namespace: NAMESPACE, plural: "workflows" };
let config: KubeConfig;
let connection: Connection;
let workflows: ArgoWorkflows;
let stop: AbortController;

function kubeConfig(change: (server: string) => string = (server) => server): KubeConfig {
  const loaded = new KubeConfig();
  loaded.loadFromFile(inject("serviceKubeconfig"));
  loaded.clusters = loaded.clusters.map((cluster) => ({ ...cluster, server: change(cluster.server) }));
  return loaded;
}

beforeAll(() => {
  config = kubeConfig();
  connection = new Connection(config);
  workflows = new ArgoWorkflows({ connection, namespaces: [NAMESPACE] });
});
afterAll(() => connection.close());
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

const create = (id: string, variant?: string) => {
  const { namespace, manifest, manifestDigest } = jobFor(id, variant);
  return workflows.create(namespace, manifest, manifestDigest);
};
const remove = (name: string) => config.makeApiClient(CustomObjectsApi).deleteNamespacedCustomObject({ ...ARGO, name });

describe("creating", () => {
  test("makes the Workflow of the manifest, byte for byte the same spec, in the service's name", async () => {
    const { manifest } = jobFor("create-1");
    expect(await create("create-1")).toBe("created");
    const raw = await config.makeApiClient(CustomObjectsApi).getNamespacedCustomObject({ ...ARGO, name: "create-1" });
    expect(raw.spec).toEqual(JSON.parse(manifest).spec);
    expect(raw.metadata.managedFields).toMatchObject([{ manager: "orch", operation: "Update" }]);
  });

  test("again says that it exists, and that another stands there where it is another", async () => {
    expect(await create("create-2")).toBe("created");
    expect(await create("create-2")).toBe("exists");
    expect(await create("create-2", "b")).toBe("other");
  });

  test("ten times at once makes one", async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => create("create-3")));
    expect(outcomes.sort()).toEqual(["created", ...Array.from({ length: 9 }, () => "exists")]);
  });

  test("is refused for good, in the server's words, where the object is wrong", async () => {
    const { namespace, manifest } = jobFor("create-4");
    const unknown = manifest.replace('"spec":{', '"spec":{"entryPoint":"x",');
    await expect(workflows.create(namespace, unknown, "")).rejects.toThrow(Refused);
    await expect(workflows.create(namespace, unknown, "")).rejects.toThrow(/unknown field "spec.entryPoint"/);
    expect(await workflows.get(namespace, "create-4")).toBeUndefined();
  });

  test("may go through later where there is no such namespace, no right, no server", async () => {
    const { manifest, manifestDigest } = jobFor("create-5");
    const elsewhere = manifest.replace('"namespace":"team-research"', '"namespace":"team-nowhere"');
    await expect(workflows.create("team-nowhere", elsewhere, manifestDigest)).rejects.toThrow(Unavailable);
    const nobody = kubeConfig();
    nobody.users = nobody.users.map((user) => ({ ...user, impersonateUser: "nobody" }));
    const powerless = new ArgoWorkflows({ connection: new Connection(nobody), namespaces: [NAMESPACE] });
    await expect(powerless.create(NAMESPACE, manifest, manifestDigest)).rejects.toThrow(/forbidden/);
    await expect(powerless.create(NAMESPACE, manifest, manifestDigest)).rejects.toThrow(Unavailable);
    const away = new ArgoWorkflows({
      connection: new Connection(kubeConfig(() => "https://127.0.0.1:1")),
      namespaces: [NAMESPACE],
    });
    await expect(away.create(NAMESPACE, manifest, manifestDigest)).rejects.toThrow(Unavailable);
  });
});

test("one connection serves many requests", async () => {
  const kept = new Connection(kubeConfig());
  const through = new ArgoWorkflows({ connection: kept, namespaces: [NAMESPACE] });
  const opened = await socketsOpenedBy(async () => {
    for (let index = 0; index < 10; index += 1) await through.get(NAMESPACE, "no-such-workflow");
  });
  await kept.close();
  expect(opened).toBe(1);
});

/** How many connections undici says it opened meanwhile. */
async function socketsOpenedBy(work: () => Promise<void>): Promise<number> {
  const { channel } = await import("node:diagnostics_channel");
  let opened = 0;
  const count = () => {
    opened += 1;
  };
  channel("undici:client:connected").subscribe(count);
  await work();
  channel("undici:client:connected").unsubscribe(count);
  return opened;
}

describe("cancelling", () => {
  test("ends the run", async () => {
    await create("cancel-1");
    await workflows.cancel(NAMESPACE, "cancel-1");
    expect((await workflows.get(NAMESPACE, "cancel-1"))?.spec.shutdown).toBe("Terminate");
  });

  test("what is gone is fine", async () => {
    await expect(workflows.cancel(NAMESPACE, "cancel-nothing")).resolves.toBeUndefined();
  });
});

describe("watching", () => {
  interface Seen {
    readonly names: string[];
    readonly deleted: string[];
    listed: number;
  }
  function watching(using = workflows): Seen {
    const seen: Seen = { names: [], deleted: [], listed: 0 };
    const note = (into: string[]) => (workflow: WorkflowObject) => into.push(workflow.metadata.name);
    using.watch(
      {
        onWorkflow: note(seen.names),
        onDeleted: note(seen.deleted),
        onListed: () => {
          seen.listed += 1;
        },
      },
      stop.signal,
    );
    return seen;
  }

  test("tells of every Workflow there is, page by page, then of each change and deletion", async () => {
    // More than one page of the list.
    for (let index = 0; index < 120; index += 1) await create(`watch-${index}`);
    const seen = watching();
    await eventually("the list was handed over", () => seen.listed === 1);
    const listed = seen.names.filter((name) => name.startsWith("watch-"));
    expect(new Set(listed).size).toBe(120);
    await workflows.cancel(NAMESPACE, "watch-7");
    await eventually("the change came", () => seen.names.slice(listed.length).includes("watch-7"));
    await remove("watch-7");
    await eventually("the deletion came", () => seen.deleted.includes("watch-7"));
    await create("watch-later");
    await eventually("the new one came", () => seen.names.includes("watch-later"));
    expect(seen.listed).toBe(1);
  });

  test("leaves out Workflows that are none of ours", async () => {
    const api = config.makeApiClient(CustomObjectsApi);
    const foreign = { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow", metadata: { name: "foreign" }, spec: {} };
    await api.createNamespacedCustomObject({ ...ARGO, body: foreign });
    const seen = watching();
    await create("watch-ours");
    await eventually("ours came", () => seen.names.includes("watch-ours"));
    expect(seen.names).not.toContain("foreign");
  });

  test("ends with the signal", async () => {
    const seen = watching();
    await eventually("the list was handed over", () => seen.listed === 1);
    stop.abort();
    await create("watch-after-the-end");
    const other = new AbortController();
    const second: string[] = [];
    const onWorkflow = ({ metadata }: WorkflowObject) => second.push(metadata.name);
    workflows.watch({ onWorkflow, onDeleted: () => undefined, onListed: () => undefined }, other.signal);
    await eventually("another watch saw it", () => second.includes("watch-after-the-end"));
    other.abort();
    expect(seen.names).not.toContain("watch-after-the-end");
  });
});

test("ready says whether Workflows can be asked for", async () => {
  await expect(workflows.ready()).resolves.toBeUndefined();
  const away = new Connection(kubeConfig(() => "https://127.0.0.1:1"));
  await expect(new ArgoWorkflows({ connection: away, namespaces: [NAMESPACE] }).ready()).rejects.toThrow(Unavailable);
});
