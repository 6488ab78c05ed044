import { type Cluster, ConnectedCluster, EksCluster, INTERFACE_ENDPOINTS } from "../../components/cluster/index.ts";
import type { Machine } from "./machine.ts";
import type { PlatformConfig } from "./schema.ts";

/** The one place where the kinds of cluster differ: what comes after takes a `Cluster`. */
export function openCluster(environment: string, { cluster, ...config }: PlatformConfig, machine: Machine): Cluster {
  const { region, zones } = config;
  const name = `orch-${environment}`;
  switch (cluster.kind) {
    case "eks":
      return new EksCluster(name, {
        account: cluster.account,
        region,
        zones,
        version: cluster.version,
        vpcCidr: cluster.vpcCidr,
        nat: cluster.nat,
        endpoints: cluster.endpoints === "all" ? INTERFACE_ENDPOINTS : cluster.endpoints,
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
        facts: { name, region, zones, apiServer: cluster.apiServer },
      });
    case "embedded":
      return new ConnectedCluster(name, {
        kind: "embedded",
        kubeconfig: machine.kubeconfig ?? "",
        // The API server listens on this machine only, on a port of its own choice.
        facts: { name, region, zones, apiServer: { cidrs: ["127.0.0.1/32"], ports: [443, 6443] } },
      });
  }
}
