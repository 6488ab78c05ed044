import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { inject } from "vitest";
import { chdbOverHttp } from "../audit/chdb-over-http.ts";
import { KafkaBroker } from "../queue/kafka-broker.ts";
import { CreatedWorkflows } from "./created.ts";
import { ServiceProcess } from "./service-process.ts";

interface Place {
  readonly folder: string;
  readonly config: KubeConfig;
}

function place(prefix: string): Place {
  const config = new KubeConfig();
  config.loadFromFile(inject("serviceKubeconfig"));
  return { folder: mkdtempSync(join(tmpdir(), `orch-${prefix}`)), config };
}

/** The service as one process with its stores in a folder, not started yet, and the Workflows that are created under a prefix. */
export async function oneProcess(prefix: string) {
  const { folder, config } = place(prefix);
  const created = await CreatedWorkflows.watch(config, prefix);
  const audit = join(folder, "audit");
  const kubeconfig = inject("serviceKubeconfig");
  const service = new ServiceProcess({ role: "all", kubeconfig, port: 0, audit, log: join(folder, "log") });
  return {
    service,
    created,
    /** Folder of the audit log; the process has it while it lives. */
    audit,
    async stop() {
      created.stop();
      await service.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The API and the dispatcher, not started yet, with what both stand on, and the Workflows that are created under a prefix. */
export async function apart(prefix: string) {
  const { folder, config } = place(prefix);
  const [endpoint, broker, created] = await Promise.all([
    chdbOverHttp(),
    KafkaBroker.start(),
    CreatedWorkflows.watch(config, prefix),
  ]);
  const store = { address: endpoint.address, username: "audit_writer", password: "secret" };
  const process = (role: "api" | "dispatcher") =>
    new ServiceProcess({
      role,
      kubeconfig: inject("serviceKubeconfig"),
      port: 0,
      audit: store,
      brokers: broker.connection(role),
      log: join(folder, role),
    });
  const [api, dispatcher] = [process("api"), process("dispatcher")];
  return {
    api,
    dispatcher,
    broker,
    created,
    store,
    config,
    async stop() {
      created.stop();
      await Promise.all([api.stop(), dispatcher.stop()]);
      await broker.stop();
      await endpoint.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
