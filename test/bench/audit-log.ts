/**
 * What the embedded audit log takes, with the submission of the sample: first as many as 64 callers bring who each wait for their
 * answer, then at half of that rate as they come. Memory is the whole process's.
 *
 * node test/bench/audit-log.ts [--submissions 50000] [--callers 64]
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { compile } from "../../submission/compile/index.ts";
import { openEmbeddedAuditLog } from "../../submission/service/audit/index.ts";
import type { SubmissionRecord } from "../../submission/service/model.ts";
import { check, localProfile } from "../../submission/spec/index.ts";

const { values } = parseArgs({
  options: { submissions: { type: "string", default: "50000" }, callers: { type: "string", default: "64" } },
});
const total = Number(values.submissions);
const callers = Number(values.callers);

const sample = (name: string) => readFile(new URL(`../../submission/samples/${name}`, import.meta.url), "utf8");
const [dag, params] = await Promise.all([sample("bt_xs_bilstm_v1.yaml"), sample("runtime_params.json")]);
const profile = localProfile();
const checked = check({ dag: { text: dag, source: "dag" }, params: { text: params, source: "params" }, profile });
if (!checked.ok) throw new Error("the sample does not check");
const compiled = compile(checked.submission, profile);
if (!compiled.ok) throw new Error("the sample does not compile");
const manifest = JSON.stringify(compiled.workflow);
const digest = `sha256:${"0".repeat(64)}`;

const folder = await mkdtemp(join(tmpdir(), "orch-bench-audit-"));
const log = await openEmbeddedAuditLog(folder);
let next = 0;
let cpu = process.cpuUsage();

async function openOne(): Promise<number> {
  const submissionId = `sub-${next++}`;
  const record: SubmissionRecord = {
    submissionId,
    team: "research",
    namespace: "team-research",
    pipelineId: "bt_xs_bilstm_v1",
    env: "staging",
    actor: "bench",
    acceptedAt: Date.now(),
    bodyDigest: digest,
    manifestDigest: digest,
    recipeDigest: digest,
    documents: { dag, params, refs: undefined },
    manifest: manifest.replaceAll("sub-2025-10-29-001", submissionId),
    rerunOf: undefined,
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  };
  const digests = { body: digest, manifest: digest, recipe: digest };
  const began = performance.now();
  const { outcome } = await log.open(record, {
    key: "accepted",
    event: "accepted",
    actor: "bench",
    at: record.acceptedAt,
    digests,
    detail: {},
  });
  if (outcome !== "opened") throw new Error(`${submissionId} was there`);
  return performance.now() - began;
}

const quantile = (sorted: readonly number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
const mib = (bytes: number) => Math.round(bytes / 1024 / 1024);

function report(name: string, seconds: number, latencies: number[], delay: ReturnType<typeof monitorEventLoopDelay>) {
  const { user, system } = process.cpuUsage(cpu);
  cpu = process.cpuUsage();
  latencies.sort((a, b) => a - b);
  const { rss, heapUsed } = process.memoryUsage();
  console.log(
    `${name}: ${((user + system) / 1000 / latencies.length).toFixed(2)} ms of CPU each, ${latencies.length} in ${seconds.toFixed(1)} s = ${Math.round(latencies.length / seconds)}/s, ` +
      `p50 ${quantile(latencies, 0.5).toFixed(1)} ms, p99 ${quantile(latencies, 0.99).toFixed(1)} ms, ` +
      `worst ${quantile(latencies, 1).toFixed(1)} ms; event loop late p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms; ` +
      `memory ${mib(rss)} MiB, heap ${mib(heapUsed)} MiB`,
  );
}

async function closed(count: number, name: string): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const latencies: number[] = [];
  const began = performance.now();
  let left = count;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (left-- > 0) latencies.push(await openOne());
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  report(name, seconds, latencies, delay);
  return count / seconds;
}

async function paced(rate: number, seconds: number): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const latencies: number[] = [];
  const under: Promise<unknown>[] = [];
  const began = performance.now();
  let started = 0;
  while (performance.now() - began < seconds * 1000) {
    const due = ((performance.now() - began) / 1000) * rate;
    for (; started < due; started++) under.push(openOne().then((took) => latencies.push(took)));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(under);
  report(`at ${Math.round(rate)}/s`, (performance.now() - began) / 1000, latencies, delay);
}

try {
  console.log(`manifest ${manifest.length} characters, ${callers} callers`);
  await closed(Math.min(2_000, total), "warming up");
  let rate = 0;
  for (let part = 1; part <= 5; part++) rate = await closed(Math.ceil(total / 5), `part ${part} of 5`);
  await paced(rate / 2, 10);
  await paced(1_000, 10);
} finally {
  await log.close();
  await rm(folder, { recursive: true, force: true });
}
