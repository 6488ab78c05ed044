import type * as k8s from "@pulumi/kubernetes";
import { DEFAULT_DENY, NAMESPACE_NAME_LABEL, TEAM_LABEL } from "./constants.ts";

type NetworkPolicySpec = k8s.types.input.networking.v1.NetworkPolicySpec;

/** A destination outside the cluster that pods may open connections to. */
export interface Egress {
  /** Names the policy, e.g. `s3`: a DNS label. */
  readonly name: string;
  /** Addresses, e.g. `10.20.0.0/16`. */
  readonly cidrs: readonly string[];
  /** TCP ports. Default: 443. */
  readonly ports?: readonly number[];
}

/** What a namespace's pods may talk to besides themselves and DNS; everything else is dropped. */
export interface NetworkAccess {
  /** Let pods reach the API server (controllers, argoexec). Default: false. */
  readonly apiServer?: ApiServerAccess;
  /** Namespaces whose pods they may open connections to: on any port, or on some. Default: none. */
  readonly toNamespaces?: readonly (string | Peer | TeamPeers)[];
  /** Namespaces whose pods may open connections to them: on any port, or on some. Default: none. */
  readonly fromNamespaces?: readonly (string | Peer | TeamPeers)[];
  /** Ports the API server calls (admission webhooks). Default: none. */
  readonly webhookPorts?: readonly number[];
  /** Default: none. */
  readonly egress?: readonly Egress[];
}

/** Pods of another namespace, on named ports only. */
export interface Peer {
  readonly namespace: string;
  /** TCP ports. */
  readonly ports: readonly number[];
}

/** Pods of every team, on named ports only. Whoever adds a team changes nothing here: its namespace's label is what counts. */
export interface TeamPeers {
  readonly teams: "every";
  /** TCP ports. */
  readonly ports: readonly number[];
}

export interface ApiServerAccess {
  /** Addresses of the API server; network policies cannot name it otherwise. */
  readonly cidrs: readonly string[];
  /** TCP ports. */
  readonly ports: readonly number[];
}

const DNS: readonly NetworkPolicyPortSpec[] = [
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 53 },
];
interface NetworkPolicyPortSpec {
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
}

const everyPod = {};
const tcp = (ports: readonly number[]) => ports.map((port) => ({ protocol: "TCP", port }));
const blocks = (cidrs: readonly string[]) => cidrs.map((cidr) => ({ ipBlock: { cidr } }));
const namespaces = (names: readonly string[]) =>
  names.map((name) => ({ namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: name } } }));
/** Selects the namespaces of all teams; only who may make namespaces can set the label. */
export const EVERY_TEAM = { namespaceSelector: { matchExpressions: [{ key: TEAM_LABEL, operator: "Exists" }] } };

function peer(other: string | Peer | TeamPeers) {
  if (typeof other === "string") return { name: other, pods: namespaces([other]), ports: {} };
  const ports = { ports: tcp(other.ports) };
  return "teams" in other
    ? { name: "every-team", pods: [EVERY_TEAM], ports }
    : { name: other.namespace, pods: namespaces([other.namespace]), ports };
}

/** Policy name -> spec: deny all, then one small policy for each thing that is allowed. */
export function planNetworkPolicies(access: NetworkAccess = {}): Record<string, NetworkPolicySpec> {
  const plan: Record<string, NetworkPolicySpec> = {
    [DEFAULT_DENY]: { podSelector: everyPod, policyTypes: ["Ingress", "Egress"] },
    "allow-dns": egress({ to: namespaces(["kube-system"]), ports: [...DNS] }),
    "allow-same-namespace": {
      podSelector: everyPod,
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ podSelector: everyPod }] }],
      egress: [{ to: [{ podSelector: everyPod }] }],
    },
  };
  if (access.apiServer !== undefined) {
    plan["allow-api-server"] = egress({ to: blocks(access.apiServer.cidrs), ports: tcp(access.apiServer.ports) });
  }
  if (access.webhookPorts !== undefined && access.webhookPorts.length > 0) {
    // The API server is no pod: its address differs between installations, so only the port is bound.
    plan["allow-webhooks"] = {
      podSelector: everyPod,
      policyTypes: ["Ingress"],
      ingress: [{ ports: tcp(access.webhookPorts) }],
    };
  }
  // Two entries of one name are both meant: the second must not take the first one's place.
  for (const [name, peers] of Map.groupBy((access.toNamespaces ?? []).map(peer), ({ name }) => name)) {
    plan[`allow-to-${name}`] = egress(...peers.map(({ pods, ports }) => ({ to: pods, ...ports })));
  }
  for (const [name, peers] of Map.groupBy((access.fromNamespaces ?? []).map(peer), ({ name }) => name)) {
    plan[`allow-from-${name}`] = {
      podSelector: everyPod,
      policyTypes: ["Ingress"],
      ingress: peers.map(({ pods, ports }) => ({ from: pods, ...ports })),
    };
  }
  for (const [name, ways] of Map.groupBy(access.egress ?? [], (way) => way.name)) {
    plan[`allow-egress-${name}`] = egress(
      ...ways.map(({ cidrs, ports }) => ({ to: blocks(cidrs), ports: tcp(ports ?? [443]) })),
    );
  }
  return plan;
}

function egress(...rules: k8s.types.input.networking.v1.NetworkPolicyEgressRule[]): NetworkPolicySpec {
  return { podSelector: everyPod, policyTypes: ["Egress"], egress: rules };
}
