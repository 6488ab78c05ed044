import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import type { AuditServer, BrokerConnection, LeasePlace, Role } from "../../../submission/service/index.ts";

export interface ServiceSettings {
  readonly role: Role;
  readonly kubeconfig: string;
  /** 0 takes any; a later start takes the same again. */
  readonly port: number;
  /** Folder of the embedded store, or the server. */
  readonly audit: string | AuditServer;
  /** Default: the embedded queue. */
  readonly brokers?: BrokerConnection;
  /** By which several of them agree on the one that watches, for so many milliseconds. Default: it watches. */
  readonly lease?: LeasePlace & { readonly millis: number };
  /** Kills itself (SIGKILL) when it has said that it creates a Workflow, or has created it and is about to say so. */
  readonly dies?: "before create" | "after create";
  /** How far its clock is ahead, milliseconds. */
  readonly clockAhead?: number;
  /** Where its output goes. */
  readonly log: string;
}

/** One process of the service that is killed and started again under the same address. */
export class ServiceProcess {
  #settings: ServiceSettings;
  #process: ChildProcess | undefined;
  #url = "";
  kills = 0;

  constructor(settings: ServiceSettings) {
    this.#settings = settings;
  }

  get url(): string {
    return this.#url;
  }

  async start(): Promise<void> {
    const output = openSync(this.#settings.log, "a");
    const child = fork(new URL("./service-main.ts", import.meta.url), [JSON.stringify(this.#settings)], {
      stdio: ["ignore", output, output, "ipc"],
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    closeSync(output);
    this.#process = child;
    const { http } = await new Promise<{ http: string }>((resolve, reject) => {
      child.once("message", resolve);
      child.once("exit", (code, signal) => {
        const said = readFileSync(this.#settings.log, "utf8").slice(-2_000);
        reject(new Error(`the service ended (${signal ?? code}) before it served:\n${said}`));
      });
    });
    this.#url = http;
    this.#settings = { ...this.#settings, port: Number(new URL(http).port) };
  }

  /** Until it is gone by its own doing. */
  async gone(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => child.once("exit", resolve));
  }

  /** How it is started from now on. */
  change(settings: Pick<ServiceSettings, "dies" | "clockAhead">): void {
    const { dies: _, clockAhead: _ahead, ...others } = this.#settings;
    this.#settings = { ...others, ...settings };
  }

  /** At once, wherever it is. */
  async kill(): Promise<void> {
    this.kills += 1;
    await this.#end("SIGKILL");
  }

  /** Stands still until it is resumed, as on a machine that is paused. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** In good order. */
  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }
}
