import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, KnownEksCluster, PROVIDER_SETTINGS } from "../../components/cluster/index.ts";
import { ModelRelease, ModelRoute } from "../../components/release/index.ts";
import { type Loaded, load } from "./load.ts";
import { routed } from "./schema.ts";

// What an environment serves: every release with its evidence, then the address under which those of one model share requests.

const environment = pulumi.getStack();
const loaded = load(process.env, import.meta.dirname);
const { config, evidence } = loaded;
const cluster = openCluster(loaded);

const released = Object.entries(config.releases).map(([name, release]) => {
  const { serving, evidence: _, ...manifest } = release;
  return new ModelRelease(name, {
    cluster,
    manifest: { version: 1, release: name, ...manifest },
    evidence: evidence[name] ?? "",
    serving,
  });
});

for (const [model, sharing] of routed(config.releases)) {
  const host = config.hosts[model];
  if (config.gateway === undefined || host === undefined) continue;
  const releases = sharing.map(({ name, trafficPercent }) => ({ release: name, trafficPercent }));
  new ModelRoute(
    model,
    { cluster, model, gateway: config.gateway, host, releases },
    // No request goes where nobody answers yet; and none while it is taken away.
    { dependsOn: released.flatMap(({ ready }) => ready) },
  );
}

function openCluster({ config: { cluster }, kubeconfig }: Loaded): Pick<Cluster, "provider"> {
  const name = `releases-${environment}`;
  if (cluster.kind === "eks") {
    const { account, region } = cluster;
    return new KnownEksCluster(name, { account, region, cluster: cluster.name });
  }
  return { provider: new k8s.Provider(name, { kubeconfig, context: cluster.context, ...PROVIDER_SETTINGS }) };
}
