import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { ProcessFailure, ProcessState } from "../model.ts";
import { identify, type ProcessIdentity } from "../process-identity.ts";
import type { ProcessPlan } from "../processes/process-plan.ts";
import { type ProcessRecord, writePrivate } from "../state-folder.ts";
import { lastLines } from "./last-lines.ts";
import { probe } from "./probe.ts";

const POLL_MILLIS = 50;
const READY_TIMEOUT = 60_000;
const STOP_GRACE = 3_000;

/** Thrown by `start` when the process ended or never became ready. */
export class ProcessFailed extends Error {
  readonly failure: ProcessFailure;

  constructor(failure: ProcessFailure) {
    super(`${failure.process}: ${failure.reason}`);
    this.name = "ProcessFailed";
    this.failure = failure;
  }
}

/** One process from start to end. `onChange` is called at each change of state. */
export class SupervisedProcess {
  readonly plan: ProcessPlan;
  readonly #log: string;
  readonly #onChange: () => void;
  #child: ChildProcess | undefined;
  #identity: ProcessIdentity | undefined;
  #exited: Promise<string> | undefined;
  #state: ProcessState = "waiting";
  #waitingFor: string | undefined;
  #stopping = false;
  #failure: ProcessFailure | undefined;

  constructor(plan: ProcessPlan, log: string, onChange: () => void, waitingFor?: string) {
    this.plan = plan;
    this.#log = log;
    this.#onChange = onChange;
    this.#waitingFor = waitingFor;
  }

  get state(): ProcessState {
    return this.#state;
  }

  record(): ProcessRecord {
    return {
      name: this.plan.name,
      state: this.#state,
      log: this.#log,
      identity: this.#identity,
      port: this.plan.port,
      waitingFor: this.#state === "waiting" ? this.#waitingFor : undefined,
      failure: this.#failure,
    };
  }

  /** Back to waiting, for a process whose needs are gone. */
  waitFor(what: string): void {
    this.#waitingFor = what;
    this.#failure = undefined;
    this.#set("waiting");
  }

  /** Starts it and waits until it is ready. Throws `ProcessFailed`. */
  async start(): Promise<void> {
    this.#stopping = false;
    this.#failure = undefined;
    const { plan } = this;
    for (const [path, content] of Object.entries(plan.files ?? {})) writePrivate(path, content);
    if (existsSync(this.#log) && statSync(this.#log).size > 0) renameSync(this.#log, `${this.#log}.previous`);
    const log = openSync(this.#log, "w", 0o600);
    // The kernel ends it when the supervisor ends, however that ends: nothing of the environment outlives its supervisor.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", plan.command, ...plan.args], {
      stdio: ["ignore", log, log],
      env: {
        PATH: process.env.PATH ?? "",
        HOME: process.env.HOME ?? "",
        TMPDIR: process.env.TMPDIR ?? "/tmp",
        ...plan.env,
      },
    });
    closeSync(log);
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
    });
    this.#identity = child.pid === undefined ? undefined : identify(child.pid);
    this.#set("starting");
    void this.#exited.then((reason) => this.#ended(reason));
    await this.#becomeReady(child);
    this.#set("ready");
  }

  async stop(): Promise<void> {
    const { stopGraceMillis = STOP_GRACE } = this.plan;
    const child = this.#child;
    if (!child || !this.#exited || child.exitCode !== null || child.signalCode !== null) {
      if (this.#state !== "failed") this.#set("stopped");
      return;
    }
    this.#stopping = true;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), stopGraceMillis);
    await this.#exited;
    clearTimeout(timer);
    this.#set("stopped");
  }

  async #becomeReady(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + (this.plan.readyTimeoutMillis ?? READY_TIMEOUT);
    while (Date.now() < deadline) {
      if (await this.#isReady()) return;
      if (this.#failure) throw new ProcessFailed(this.#failure);
      if (this.#stopping) throw new ProcessFailed(this.#report("stopped while it started"));
      await delay(POLL_MILLIS);
    }
    this.#failure = this.#report("not ready in time");
    this.#stopping = true;
    child.kill("SIGKILL");
    this.#set("failed");
    throw new ProcessFailed(this.#failure);
  }

  async #isReady(): Promise<boolean> {
    const { ready } = this.plan;
    if (ready.kind === "log") return readFileSync(this.#log, "utf8").includes(ready.text);
    return (await probe(ready.url, ready.tls))?.status === 200;
  }

  #ended(reason: string): void {
    this.#identity = undefined;
    if (this.#stopping) return;
    this.#failure = this.#report(reason);
    this.#set("failed");
  }

  #report(reason: string): ProcessFailure {
    return { process: this.plan.name, reason, at: new Date().toISOString(), lastLines: lastLines(this.#log) };
  }

  #set(state: ProcessState): void {
    this.#state = state;
    this.#onChange();
  }
}
