import type * as k8s from "@pulumi/kubernetes";
import { EVERY_TEAM, NAMESPACE_NAME_LABEL } from "../security/index.ts";
import { SERVICE_PORTS, SERVICE_ROLES, type ServiceRole } from "./constants.ts";
import { roleLabels } from "./deployment.ts";

export interface ServiceReach {
  /** Namespaces whose pods may call the API, besides those of the teams. */
  readonly callers: readonly string[];
  /** Servers both roles talk to: brokers, audit store, traces, lineage; name of the policy, namespace, TCP ports. */
  readonly servers: Readonly<Record<string, { readonly namespace: string; readonly ports: readonly number[] }>>;
  /** Namespace of the Prometheus that reads their metrics. Default: nobody does. */
  readonly monitoredFrom?: string | undefined;
}

/** Network policies by name, on top of what the namespace itself allows and denies. */
export function planReach({ callers, servers, monitoredFrom }: ServiceReach) {
  const plan: Record<string, k8s.types.input.networking.v1.NetworkPolicySpec> = {};
  for (const role of SERVICE_ROLES) {
    for (const [name, { namespace, ports }] of Object.entries(servers)) {
      plan[`${role}-to-${name}`] = egress(role, namespace, ports);
    }
    if (monitoredFrom !== undefined)
      plan[`${role}-from-monitoring`] = ingress(role, namespaces([monitoredFrom]), ["http"]);
  }
  plan["api-from-callers"] = ingress("api", [EVERY_TEAM, ...namespaces(callers)], ["http", "grpc"]);
  return plan;
}

type PortName = keyof typeof SERVICE_PORTS;

const pods = (role: ServiceRole) => ({ podSelector: { matchLabels: roleLabels(role) } });
const namespaces = (names: readonly string[]) =>
  [...new Set(names)].sort().map((name) => ({ namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: name } } }));

function ingress(
  role: ServiceRole,
  from: k8s.types.input.networking.v1.NetworkPolicyPeer[],
  ports: readonly PortName[],
) {
  const rule = { from, ports: ports.map((name) => ({ protocol: "TCP", port: SERVICE_PORTS[name] })) };
  return { ...pods(role), policyTypes: ["Ingress"], ingress: [rule] };
}

const egress = (role: ServiceRole, namespace: string, ports: readonly number[]) => ({
  ...pods(role),
  policyTypes: ["Egress"],
  egress: [{ to: namespaces([namespace]), ports: ports.map((port) => ({ protocol: "TCP", port })) }],
});
