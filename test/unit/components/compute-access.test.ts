import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../stacks/platform/config.ts";
import { ownKeys } from "../../../stacks/platform/keys.ts";
import { planProfile } from "../../../stacks/platform/profile.ts";
import { engineAccess } from "../../../stacks/platform/rooms/compute.ts";

const stack = (name: string, change: Record<string, unknown> = {}) => {
  const file = readFileSync(new URL(`../../../Pulumi.${name}.yaml`, import.meta.url), "utf8");
  return parseConfig({ ...ownKeys(parse(file).config), ...change });
};
const portsOf = (peers: readonly { namespace: string; ports: readonly number[] }[]) =>
  Object.fromEntries(peers.map(({ namespace, ports }) => [namespace, ports]));

describe("what engines add to a team's network", () => {
  const { toNamespaces, fromNamespaces } = engineAccess({ config: stack("prod"), cluster: { kind: "eks" } });

  test("its pods reach each engine at its own port and no other", () => {
    expect(portsOf(toNamespaces)).toMatchObject({
      // Trino, and the lake's catalog beside it.
      compute: [8080, 8181],
      materialize: [6875],
      serving: [8000],
      "node-agents": [4317, 4318],
    });
  });

  test("operators reach the clusters they look after, Prometheus their numbers, nobody else anything", () => {
    expect(portsOf(fromNamespaces)).toEqual({ "compute-system": [8000, 8081, 8265, 52365], monitoring: [8080] });
  });

  test("features over Arrow Flight: one more place to reach", () => {
    const featureAccess = { endpoint: "grpc+tls://flight.features.svc:8815", namespace: "features" };
    const access = engineAccess({ config: stack("prod", { featureAccess }), cluster: { kind: "eks" } });
    expect(portsOf(access.toNamespaces).features).toEqual([8815]);
  });

  test("and nodes are told the same address", () => {
    const config = stack("prod", { featureAccess: { endpoint: "grpc://flight.data.svc:8815", namespace: "data" } });
    expect(planProfile("prod", config).endpoints.arrowFlight).toBe("grpc://flight.data.svc:8815");
  });

  test("a second address in a namespace adds a port, and takes none away", () => {
    const featureAccess = { endpoint: "grpc://flight.serving.svc:8815", namespace: "serving" };
    const access = engineAccess({ config: stack("prod", { featureAccess }), cluster: { kind: "eks" } });
    expect(portsOf(access.toNamespaces).serving).toEqual([8000, 8815]);
  });

  test("where nothing of it is installed, nothing is let in or out", () => {
    expect(engineAccess({ config: stack("local"), cluster: { kind: "embedded" } })).toEqual({
      fromNamespaces: [],
      toNamespaces: [],
    });
  });
});
