import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../stacks/platform/config.ts";
import { ownKeys } from "../../../stacks/platform/keys.ts";

type Raw = Record<string, unknown>;

const prod = (): Raw =>
  ownKeys(parse(readFileSync(new URL("../../../Pulumi.prod.yaml", import.meta.url), "utf8")).config);

/** What is said about a configuration; nothing: it is right. */
function complaints(change: (config: Raw) => Raw): string {
  try {
    parseConfig(change(prod()));
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const section = (config: Raw, key: string) => config[key] as Raw;

describe("what a system cannot run without", () => {
  test("prod has it all", () => {
    expect(complaints((config) => config)).toBe("");
  });

  test("Materialize without a licence key is told where to get one and where to put it", () => {
    const message = complaints((config) => ({ ...config, materialize: { memoryGi: 8 } }));
    expect(message).toContain("materialize.licencePath");
    expect(message).toContain("vault kv put");
  });

  test("a gateway without an image, and Trino without a catalog, are named together", () => {
    const message = complaints((config) => ({ ...config, serving: {}, trino: {} }));
    expect(message).toContain("serving.image");
    expect(message).toContain("trino.catalog");
  });

  test("a system that is off asks for nothing", () => {
    const systems = (config: Raw) => ({
      ...section(config, "systems"),
      materialize: "off",
      trino: "off",
      "ray-serve": "off",
    });
    const bare = (config: Raw) => ({ ...config, systems: systems(config), materialize: {}, trino: {}, serving: {} });
    expect(complaints(bare)).toBe("");
  });

  test("a collector that could hand its traces to nobody is a mistake", () => {
    const off = { prometheus: "off", loki: "off", tempo: "off" };
    const message = complaints((config) => ({ ...config, systems: { ...section(config, "systems"), ...off } }));
    expect(message).toContain("systems.open-telemetry");
    expect(message).toContain("systems.dcgm-exporter");
  });
});

describe("what does not fit together", () => {
  test("DAGs must be sent to the Trino that the stack installs", () => {
    const endpoints = (config: Raw) => ({ ...section(config, "endpoints"), trino: "http://elsewhere:8080" });
    expect(complaints((config) => ({ ...config, endpoints: endpoints(config) }))).toContain(
      "http://trino.compute.svc:8080",
    );
  });

  test("a GPU node that serves without GPUs is paid for nothing", () => {
    const serving = (config: Raw) => ({ ...section(config, "serving"), replica: { cpu: 4, memoryGi: 16, gpu: 0 } });
    expect(complaints((config) => ({ ...config, serving: serving(config) }))).toContain("serving.replica.gpu");
  });

  test("the gateway cannot be put on spot", () => {
    const serving = (config: Raw) => ({ ...section(config, "serving"), pool: "gpu_spot" });
    expect(complaints((config) => ({ ...config, serving: serving(config) }))).toContain("serving.pool");
  });
});
