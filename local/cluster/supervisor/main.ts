/** The supervisor's process: `node main.ts SETTINGS_FILE`, started by `startEnvironment` with a message channel. */
import { readFileSync } from "node:fs";
import { type Order, type Report, supervisorSettings } from "./messages.ts";
import { ProcessFailed } from "./supervised-process.ts";
import { Supervisor } from "./supervisor.ts";

const settings = supervisorSettings.parse(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")));
const supervisor = new Supervisor(settings, (event) => send({ kind: "event", event }));

let released = false;
let ending: Promise<void> | undefined;

process.on("message", (order: Order) => {
  if (order.kind === "release") released = true;
  else void end();
});
// The starter is gone, by whatever means, and did not say to live on.
process.on("disconnect", () => {
  if (!released) void end();
});
process.on("SIGTERM", () => void end());
process.on("SIGINT", () => void end());
process.on("uncaughtException", (error) => {
  console.error(error);
  void end(1);
});

try {
  await supervisor.start();
  send({ kind: "ready" });
} catch (error) {
  if (!ending) {
    send({ kind: "startFailed", message: describe(error) });
    await end(1);
  }
}

function end(code = 0): Promise<void> {
  ending ??= supervisor.stop().finally(() => process.exit(code));
  return ending;
}

function send(report: Report): void {
  if (process.connected) process.send?.(report, () => {});
}

function describe(error: unknown): string {
  if (error instanceof ProcessFailed) {
    const { process: name, reason, lastLines } = error.failure;
    return [`${name} did not start: ${reason}`, ...lastLines.map((line) => `  ${line}`)].join("\n");
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
