import * as pulumi from "@pulumi/pulumi";

/** What is needed of an EKS cluster to call it. */
export interface EksEndpoint {
  readonly endpoint: pulumi.Input<string>;
  readonly certificateAuthority: pulumi.Input<{ data: string }>;
}

/** A kubeconfig that asks the AWS CLI for a short-lived token: nothing in it is secret. */
export function eksKubeconfig(name: string, region: string, cluster: EksEndpoint): pulumi.Output<string> {
  return pulumi
    .all([cluster.endpoint, cluster.certificateAuthority])
    .apply(([server, { data }]) => JSON.stringify(planEksKubeconfig(name, region, server, data)));
}

export function planEksKubeconfig(name: string, region: string, server: string, certificateAuthority: string) {
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server, "certificate-authority-data": certificateAuthority } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1",
            command: "aws",
            args: ["eks", "get-token", "--cluster-name", name, "--region", region],
            interactiveMode: "Never",
          },
        },
      },
    ],
  };
}
