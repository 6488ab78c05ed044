import {
  type Cluster,
  ConnectedCluster,
  EksCluster,
  INTERFACE_ENDPOINTS,
  planEksApiServer,
} from "../../components/cluster/index.ts";
import type { ApiServerAccess } from "../../components/security/index.ts";
import type { Machine } from "./machine.ts";
import type { EksConfig, PlatformConfig } from "./schema.ts";

/** Services of AWS with an address in the network. */
export const endpointsOf = ({ endpoints }: EksConfig) => (endpoints === "all" ? INTERFACE_ENDPOINTS : endpoints);

export const clusterName = (environment: string) => `orch-${environment}`;

/** Where pods find the API server. */
export function apiServerOf(cluster: PlatformConfig["cluster"]): ApiServerAccess {
  switch (cluster.kind) {
    case "eks":
      return planEksApiServer(cluster.vpcCidr);
    case "kubeconfig":
      return cluster.apiServer;
    case "embedded":
      // It listens on this machine only, on a port of its own choice.
      return { cidrs: ["127.0.0.1/32"], ports: [443, 6443] };
  }
}

/** The one place where the kinds of cluster differ: what comes after takes a `Cluster`. */
export function openCluster(environment: string, { cluster, ...config }: PlatformConfig, machine: Machine): Cluster {
  const { region, zones } = config;
  const name = clusterName(environment);
  switch (cluster.kind) {
    case "eks":
      return new EksCluster(name, {
        account: cluster.account,
        region,
        zones,
        version: cluster.version,
        vpcCidr: cluster.vpcCidr,
        nat: cluster.nat,
        endpoints: endpointsOf(cluster),
        flowLogs: cluster.flowLogs,
        admins: cluster.admins,
        access: cluster.access,
        logs: cluster.controlPlaneLogs,
        pools: config.pools,
        protect: config.protect,
      });
    case "kubeconfig":
      return new ConnectedCluster(name, {
        kind: "kubeconfig",
        kubeconfig: machine.kubeconfig ?? "",
        context: cluster.context,
        facts: { name, region, zones, apiServer: apiServerOf(cluster) },
      });
    case "embedded":
      return new ConnectedCluster(name, {
        kind: "embedded",
        kubeconfig: machine.kubeconfig ?? "",
        facts: { name, region, zones, apiServer: apiServerOf(cluster) },
      });
  }
}
