import { describe, expect, test } from "vitest";
import { planNamespaceLabels } from "../../../components/security/namespace.ts";
import { planNetworkPolicies } from "../../../components/security/network-policies.ts";

describe("network policies of a namespace", () => {
  test("without any access: everything is dropped but DNS and the namespace itself", () => {
    const plan = planNetworkPolicies();
    expect(Object.keys(plan)).toEqual(["default-deny", "allow-dns", "allow-same-namespace"]);
    expect(plan["default-deny"]).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  });

  test("each access adds a policy of its own and changes no other", () => {
    const none = planNetworkPolicies();
    const all = planNetworkPolicies({
      apiServer: { cidrs: ["10.0.0.0/16"], ports: [443] },
      webhookPorts: [9443],
      toNamespaces: ["kafka"],
      fromNamespaces: ["observability"],
      egress: [{ name: "lake", cidrs: ["10.9.0.0/16"] }],
    });
    expect(all).toMatchObject(none);
    expect(Object.keys(all).slice(3)).toEqual([
      "allow-api-server",
      "allow-webhooks",
      "allow-to-kafka",
      "allow-from-observability",
      "allow-egress-lake",
    ]);
  });

  test("egress means HTTPS unless it says otherwise", () => {
    const egress = [{ name: "lake", cidrs: ["10.9.0.0/16", "10.10.0.0/16"] }];
    expect(planNetworkPolicies({ egress })["allow-egress-lake"]?.egress).toEqual([
      {
        to: [{ ipBlock: { cidr: "10.9.0.0/16" } }, { ipBlock: { cidr: "10.10.0.0/16" } }],
        ports: [{ protocol: "TCP", port: 443 }],
      },
    ]);
  });
});

describe("labels of a namespace", () => {
  test("it is restricted unless it says otherwise, and what is looser is still reported", () => {
    const level = "pod-security.kubernetes.io/enforce";
    expect(planNamespaceLabels({})[level]).toBe("restricted");
    expect(planNamespaceLabels({ podSecurity: "baseline" })).toMatchObject({
      [level]: "baseline",
      "pod-security.kubernetes.io/warn": "restricted",
    });
  });

  test("a team's carries the team, the platform's own carries none", () => {
    expect(planNamespaceLabels({ team: "research" })["orch.dev/team"]).toBe("research");
    expect(planNamespaceLabels({})).not.toHaveProperty("orch.dev/team");
  });
});
