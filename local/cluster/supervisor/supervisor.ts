import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { ensureCredentials } from "../identity/credentials.ts";
import { userKubeconfig } from "../identity/kubeconfig.ts";
import type { EnvironmentEvent, ProcessState } from "../model.ts";
import { choosePorts, type Ports } from "../ports.ts";
import { identify } from "../process-identity.ts";
import { apiserverPlan, controllerManagerPlan, etcdPlan, schedulerPlan } from "../processes/control-plane.ts";
import { kueuePlan, kwokPlan, resourceRunnerPlan, workflowControllerPlan } from "../processes/controllers.ts";
import type { ProcessPlan, Setting } from "../processes/process-plan.ts";
import { submissionServicePlan } from "../processes/submission-service.ts";
import {
  type EnvironmentRecord,
  readRecord,
  type StateFolder,
  stateFolder,
  writePrivate,
  writeRecord,
} from "../state-folder.ts";
import { type Gate, kueueGate, NoAnswer, submissionServiceGate, workflowControllerGate } from "./gates.ts";
import type { Installation } from "./installation.ts";
import type { SupervisorSettings } from "./messages.ts";
import { ProcessFailed, SupervisedProcess } from "./supervised-process.ts";

/** How often the cluster is asked for what a controller needs: while one waits, and when none does. */
const WAITING_POLL_MILLIS = 250;
const SETTLED_POLL_MILLIS = 2_000;
const PORT_ATTEMPTS = 3;
const START_ATTEMPTS = 3;
const RETRY_MILLIS = 1_000;

interface Gated {
  readonly process: SupervisedProcess;
  readonly gate: Gate;
  readonly beforeStart?: () => Promise<void>;
  readonly afterStop?: () => Promise<void>;
  revision?: string;
}

/** Owns every process of one environment from its start to its end. */
export class Supervisor {
  readonly #settings: SupervisorSettings;
  readonly #folder: StateFolder;
  readonly #emit: (event: EnvironmentEvent) => void;
  readonly #startedAt = new Date().toISOString();
  readonly #lastStates = new Map<string, ProcessState>();
  #processes: SupervisedProcess[] = [];
  #ports: Ports | undefined;
  #server = "";
  #state: EnvironmentRecord["state"] = "starting";
  #gatesRunning: Promise<void> | undefined;
  readonly #stopping = new AbortController();

  constructor(settings: SupervisorSettings, emit: (event: EnvironmentEvent) => void) {
    this.#settings = settings;
    this.#folder = stateFolder(settings.stateDir);
    this.#emit = emit;
  }

  /** Returns when the control plane and the simulated nodes are there; the controllers follow when they can. */
  async start(): Promise<void> {
    const previous = readRecord(this.#folder)?.ports;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#startOn(await choosePorts(attempt === 1 ? previous : {}));
        return;
      } catch (error) {
        const clash =
          error instanceof ProcessFailed &&
          error.failure.lastLines.some((line) => line.includes("address already in use"));
        if (!clash || attempt === PORT_ATTEMPTS || this.#state === "stopping") throw error;
        this.#step("a port was taken in the meantime: trying others");
        await this.#stopProcesses();
      }
    }
  }

  async stop(): Promise<void> {
    this.#state = "stopping";
    this.#stopping.abort();
    this.#writeRecord();
    await this.#gatesRunning;
    await this.#stopProcesses();
    this.#state = "stopped";
    this.#writeRecord();
  }

  async #startOn(ports: Ports): Promise<void> {
    this.#ports = ports;
    this.#server = `https://127.0.0.1:${ports.apiserver}`;
    // From here on a stop finds the supervisor.
    this.#writeRecord();
    // Its modules load while etcd starts: it is needed right after.
    const installationModule = import("./installation.ts");
    const credentials = await ensureCredentials(this.#folder);
    const setting: Setting = { ...this.#settings, folder: this.#folder, ports, credentials, server: this.#server };
    writePrivate(this.#folder.kubeconfig, userKubeconfig(credentials, this.#server, "admin"));
    const token = readFileSync(credentials.operatorToken, "utf8");
    writePrivate(this.#folder.service, JSON.stringify({ url: `http://127.0.0.1:${ports.submission}`, token }));

    const controllers = this.#plan(setting);
    await this.#started(controllers.etcd);
    await this.#started(controllers.apiserver);
    const { Installation } = await installationModule;
    const installation = new Installation(setting);
    await Promise.all([
      this.#started(controllers.controllerManager),
      this.#started(controllers.scheduler),
      installation.prepareSimulation().then(() => this.#started(controllers.kwok)),
      installation.kueueWebhooks(),
      installation.nodes(this.#settings.nodes),
    ]);
    this.#state = "ready";
    this.#writeRecord();
    this.#step(`ready at ${this.#server}`);
    // Nothing needs it before the stack is applied.
    void controllers.resourceRunner.start().catch(reported);
    this.#gatesRunning = this.#watchGates(installation, [
      { process: controllers.workflowController, gate: workflowControllerGate(setting) },
      {
        process: controllers.kueue,
        gate: kueueGate(setting),
        beforeStart: async () => {
          await installation.kueueWebhooks();
          await installation.kueueConversion();
        },
        afterStop: () => installation.withoutKueue(),
      },
      {
        process: controllers.submissionService,
        gate: controllers.submissionGate,
        beforeStart: controllers.submissionGate.writeProfile,
      },
    ]);
  }

  #plan(setting: Setting) {
    const make = (plan: ProcessPlan, waitingFor?: string): SupervisedProcess =>
      new SupervisedProcess(plan, this.#folder.log(plan.name), () => this.#changed(), waitingFor);
    const submissionGate = submissionServiceGate(setting);
    const processes = {
      etcd: make(etcdPlan(setting)),
      apiserver: make(apiserverPlan(setting), "etcd"),
      controllerManager: make(controllerManagerPlan(setting), "kube-apiserver"),
      scheduler: make(schedulerPlan(setting), "kube-apiserver"),
      kwok: make(kwokPlan(setting), "kube-apiserver"),
      resourceRunner: make(resourceRunnerPlan(setting), "kube-apiserver"),
      workflowController: make(workflowControllerPlan(setting), workflowControllerGate(setting).needs),
      kueue: make(kueuePlan(setting), kueueGate(setting).needs),
      submissionService: make(submissionServicePlan(setting), submissionGate.needs),
    };
    this.#processes = Object.values(processes);
    return { ...processes, submissionGate };
  }

  async #started(process: SupervisedProcess): Promise<void> {
    if (this.#state === "stopping") return;
    await process.start();
  }

  async #watchGates(installation: Installation, gated: readonly Gated[]): Promise<void> {
    while (this.#state === "ready") {
      await Promise.all([
        ...gated.map((one) => this.#passGate(one).catch(reported)),
        installation.operatorStages().catch(reported),
      ]);
      const waits = this.#processes.some(({ state }) => state === "waiting");
      await delay(waits ? WAITING_POLL_MILLIS : SETTLED_POLL_MILLIS, undefined, {
        signal: this.#stopping.signal,
      }).catch(() => {});
    }
  }

  async #passGate(gated: Gated): Promise<void> {
    const { process, gate } = gated;
    const revision = await gate.revision().catch((error: unknown) => {
      if (error instanceof NoAnswer) return gated.revision;
      throw error;
    });
    if (revision === gated.revision || this.#apiserverFailed()) return;
    if (gated.revision !== undefined) {
      await process.stop();
      process.waitFor(gate.needs);
      if (revision === undefined) await gated.afterStop?.();
    }
    gated.revision = revision;
    if (revision === undefined || this.#state !== "ready") return;
    await gated.beforeStart?.();
    await this.#startPatiently(process);
  }

  /** What a controller finds may still be settling: one that ends before it was ready gets another try, one that crashes later does not. */
  async #startPatiently(process: SupervisedProcess): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await process.start();
        return;
      } catch (error) {
        if (attempt === START_ATTEMPTS || this.#state !== "ready") throw error;
        await delay(RETRY_MILLIS);
      }
    }
  }

  #apiserverFailed(): boolean {
    return this.#processes.some(({ plan, state }) => plan.name === "kube-apiserver" && state !== "ready");
  }

  /** Those that talk to the API server first, all at once; then it; then its store. */
  async #stopProcesses(): Promise<void> {
    const last = new Set(["kube-apiserver", "etcd"]);
    await Promise.all(this.#processes.filter(({ plan }) => !last.has(plan.name)).map((process) => process.stop()));
    for (const name of last) await this.#processes.find(({ plan }) => plan.name === name)?.stop();
  }

  #changed(): void {
    this.#writeRecord();
    for (const process of this.#processes) {
      const { identity, ...record } = process.record();
      if (this.#lastStates.get(record.name) === record.state) continue;
      this.#lastStates.set(record.name, record.state);
      this.#emit({ kind: "process", process: { ...record, pid: identity?.pid } });
      if (record.state === "failed" && record.failure && this.#state === "ready") {
        this.#emit({ kind: "failure", failure: record.failure });
      }
    }
  }

  #writeRecord(): void {
    if (!this.#ports) return;
    writeRecord(this.#folder, {
      version: 1,
      supervisor: this.#state === "stopped" ? undefined : identify(process.pid),
      state: this.#state,
      startedAt: this.#startedAt,
      server: this.#server,
      ports: this.#ports,
      tools: this.#settings.tools,
      processes: this.#processes.map((process) => process.record()),
    });
  }

  #step(message: string): void {
    this.#emit({ kind: "step", message });
  }
}

/** A failed process is in the record already; anything else belongs in the supervisor's log. */
function reported(error: unknown): void {
  if (!(error instanceof ProcessFailed)) console.error(new Date().toISOString(), error);
}
