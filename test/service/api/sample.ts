import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";

const samples = resolve(import.meta.dirname, "../../../submission/samples");

export const sampleYaml = readFileSync(resolve(samples, "bt_xs_bilstm_v1.yaml"), "utf8");
export const sampleDag: Readonly<Record<string, unknown>> = parse(sampleYaml);
const sampleParams: Readonly<Record<string, unknown>> = JSON.parse(
  readFileSync(resolve(samples, "runtime_params.json"), "utf8"),
);

/** The document's own sample under an id. */
export const body = (id: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  dag_spec: sampleDag,
  runtime_params: { ...sampleParams, submission_id: id },
  ...changes,
});

export const postJson = (url: string, value: unknown, headers: Readonly<Record<string, string>> = {}) =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof value === "string" ? value : JSON.stringify(value),
  });
