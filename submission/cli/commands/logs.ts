import { PassThrough } from "node:stream";
import { CoreV1Api, Log } from "@kubernetes/client-node";
import { apiError, httpStatus } from "../../service/kubernetes/api-errors.ts";
import type { NodeSnapshot, RunSnapshot } from "../../service/status/snapshot.ts";
import { UserError } from "../../spec/user-error.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { locateRun, type RunOptions, type RunPlace } from "../run/run-command.ts";
import { paint, type Terminal } from "../terminal.ts";
import { followRun } from "./status.ts";

/** Argo's name of the container that runs the user's image. */
const MAIN = "main";

export async function logs(
  submissionId: string,
  options: RunOptions & { readonly node?: string; readonly follow?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const place = await locateRun(submissionId, options);
  const told = new Set<string>();
  for await (const run of followRun(place)) {
    const nodes = chosen(run, options.node);
    for (const node of nodes) {
      const key = `${node.node}/${node.attempts}`;
      if (told.has(key) || !hasStarted(node)) continue;
      told.add(key);
      await showLogs(node, place, options, nodes.length > 1, terminal);
    }
    const over = nodes.every((node) => !["Waiting", "Queued", "Scheduling", "Running"].includes(node.state));
    if (!options.follow || over) {
      for (const node of nodes.filter(({ attempts }) => attempts === 0))
        terminal.note(`${node.node}: ${node.state}, no pod yet`);
      break;
    }
  }
  return EXIT.fine;
}

function chosen(run: RunSnapshot, node: string | undefined): readonly NodeSnapshot[] {
  if (node === undefined) return run.nodes;
  const found = run.nodes.filter((each) => each.node === node);
  if (found.length > 0) return found;
  throw new UserError(`${run.submissionId} has no node ${node}`, {
    hint: `it has ${run.nodes.map((each) => each.node).join(", ")}`,
  });
}

function hasStarted(node: NodeSnapshot): boolean {
  return node.attempts > 0 && (node.startedAt !== undefined || node.finishedAt !== undefined);
}

async function showLogs(
  node: NodeSnapshot,
  place: RunPlace,
  options: { readonly follow?: boolean },
  prefixed: boolean,
  terminal: Terminal,
): Promise<void> {
  const say = (text: string) => terminal.note(`${node.node}: ${text}`);
  if (node.simulated) return say("simulated, nothing ran and there is no log");
  if (node.podName === undefined)
    return say("its pod is gone; an archived log, if the platform keeps one, is in its store");
  const prefix = prefixed ? `${paint("cyan", node.node, terminal.colour)} | ` : "";
  const { kubeConfig, description } = place.cluster;
  try {
    if (options.follow) {
      await streamLog(place, node.podName, (line) => terminal.out(prefix + line));
      return;
    }
    const text = await kubeConfig
      .makeApiClient(CoreV1Api)
      .readNamespacedPodLog({ namespace: place.namespace, name: node.podName, container: MAIN });
    for (const line of text.replace(/\n$/, "").split("\n")) terminal.out(prefix + line);
  } catch (error) {
    if (httpStatus(error) === 404) return say("its pod is gone");
    throw apiError(error, `read the log of ${node.node}`, description);
  }
}

async function streamLog(place: RunPlace, podName: string, onLine: (line: string) => void): Promise<void> {
  const { createInterface } = await import("node:readline");
  const stream = new PassThrough();
  await new Log(place.cluster.kubeConfig).log(place.namespace, podName, MAIN, stream, { follow: true });
  for await (const line of createInterface(stream)) onLine(line);
}
