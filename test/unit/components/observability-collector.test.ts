import { describe, expect, test } from "vitest";
import {
  LINE_METADATA,
  planAlloyConfig,
  planAlloyValues,
  planOtlpIngress,
  STREAM_LABELS,
} from "../../../components/observability/index.ts";

const everything = { logs: true, traces: true, metrics: true };

/** Names in the block `name`, one per line or in a list. */
const namesIn = (config: string, name: string) =>
  [...(new RegExp(`${name}[^{]*\\{([^}]*)`).exec(config)?.[1] ?? "").matchAll(/\b([a-z_]+)\b(?= = ""|")/g)].map(
    ([, found]) => found,
  );

describe("logs", () => {
  const config = planAlloyConfig(everything);

  test("a new run adds no stream: its id and its nodes are metadata of lines, not labels of streams", () => {
    expect(STREAM_LABELS).not.toContain("submission_id");
    expect(STREAM_LABELS).not.toContain("node_id");
    expect(namesIn(config, "stage.structured_metadata")).toEqual([...LINE_METADATA]);
    for (const name of LINE_METADATA) expect(namesIn(config, "stage.label_drop")).toContain(name);
  });

  test("a line is found by its pipeline's stream", () => {
    expect(STREAM_LABELS).toContain("pipeline_id");
    expect(namesIn(config, "stage.label_drop")).not.toContain("pipeline_id");
  });

  test("every pod's labels are asked of the API server for this node only", () => {
    expect(config).toContain('"spec.nodeName=" + sys.env("NODE_NAME")');
  });
});

describe("pipelines", () => {
  test("nothing is sent to what is not installed", () => {
    const logsOnly = planAlloyConfig({ logs: true, traces: false, metrics: false });
    expect(logsOnly).toContain("loki.");
    expect(logsOnly).not.toMatch(/tempo|remote_write/);
    expect(planAlloyConfig({ logs: false, traces: true, metrics: false })).not.toMatch(/loki|remote_write/);
  });

  test("what a stage hands on, another takes: every component that is named is defined", () => {
    for (const pipelines of [everything, { ...everything, logs: false }, { ...everything, metrics: false }]) {
      const config = planAlloyConfig(pipelines);
      const defined = [...config.matchAll(/^([a-z0-9._]+) "(\w+)" \{/gm)].map(([, kind, label]) => `${kind}.${label}`);
      const used = [...config.matchAll(/\[([a-z0-9._]+)\.(?:input|receiver)\]/g)].map(([, component]) => component);
      expect(used.length).toBeGreaterThan(0);
      for (const component of used) expect(defined).toContain(component);
    }
  });
});

describe("rights", () => {
  const values = planAlloyValues({ pipelines: everything, monitoring: true });

  test("the collector reads no Secret and no ConfigMap", () => {
    const resources = [...values.rbac.rules, ...values.rbac.clusterRules].flatMap((rule) => rule.resources);
    expect(resources).toEqual(["pods", "namespaces", "nodes"]);
  });

  test("of root's capabilities it keeps the one that reading log files takes", () => {
    expect(values.alloy.securityContext.capabilities).toEqual({ drop: ["ALL"], add: ["DAC_READ_SEARCH"] });
  });

  test("every pod may send traces, on the two ports of OTLP and no other", () => {
    expect(planOtlpIngress().ingress).toEqual([
      {
        from: [{ namespaceSelector: {} }],
        ports: [
          { protocol: "TCP", port: 4317 },
          { protocol: "TCP", port: 4318 },
        ],
      },
    ]);
  });

  test("a changed configuration rolls the pods", () => {
    const other = planAlloyValues({ pipelines: { ...everything, traces: false }, monitoring: true });
    expect(other.controller.podAnnotations).not.toEqual(values.controller.podAnnotations);
  });
});
