import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { MODEL_LABEL } from "../../submission/spec/release/index.ts";
import type { Cluster } from "../cluster/index.ts";
import { SERVE_PORT, SERVING_NAMESPACE } from "../compute/index.ts";
import { MANAGED_BY } from "../security/index.ts";

/** The operator's name for the service of a RayService whose replicas answer. */
export const SERVE_SERVICE_SUFFIX = "-serve-svc";

export interface RoutedRelease {
  readonly release: string;
  /** Share of the model's requests. */
  readonly trafficPercent: number;
}

export interface ModelRouteArgs {
  readonly cluster: Pick<Cluster, "provider">;
  readonly model: string;
  /** Gateway of the Gateway API that takes the requests; not made by this component. */
  readonly gateway: { readonly name: string; readonly namespace: string };
  /** Host name by which the model is asked for. */
  readonly host: string;
  /** Their shares add up to 100. */
  readonly releases: readonly RoutedRelease[];
}

/** Spec of the route: of 100 requests, each release gets its share. Replicas have nothing to do with it. */
export function planModelRoute({ gateway, host, releases }: Omit<ModelRouteArgs, "cluster" | "model">) {
  return {
    parentRefs: [
      { group: "gateway.networking.k8s.io", kind: "Gateway", name: gateway.name, namespace: gateway.namespace },
    ],
    hostnames: [host],
    rules: [
      {
        backendRefs: releases
          .filter(({ trafficPercent }) => trafficPercent > 0)
          .map(({ release, trafficPercent }) => ({
            kind: "Service",
            name: `${release}${SERVE_SERVICE_SUFFIX}`,
            port: SERVE_PORT,
            // Whole numbers only; a share may have two digits after the point.
            weight: Math.round(trafficPercent * 100),
          })),
      },
    ],
  };
}

/** One address of a model, behind which its releases share the requests. */
export class ModelRoute extends pulumi.ComponentResource {
  constructor(name: string, args: ModelRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:release:ModelRoute", name, {}, opts);
    new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: {
          // A model's name may have what a name of Kubernetes may not.
          name: args.model.replaceAll("_", "-"),
          namespace: SERVING_NAMESPACE,
          labels: { ...MANAGED_BY, [MODEL_LABEL]: args.model },
        },
        spec: planModelRoute(args),
      },
      { parent: this, provider: args.cluster.provider },
    );
    this.registerOutputs({ host: args.host });
  }
}
