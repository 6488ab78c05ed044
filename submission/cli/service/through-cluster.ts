import type { RequestOptions } from "node:https";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { CoreV1Api, PortForward } from "@kubernetes/client-node";
import { apiError } from "../../service/kubernetes/api-errors.ts";
import { UserError } from "../../spec/user-error.ts";
import type { Cluster } from "../run/connect.ts";
import type { ServiceAddress } from "./address.ts";

/** The API's pods, as `components/api` names them. */
const API = { namespace: "orchestr", labelSelector: "app.kubernetes.io/name=submission-api", port: 8080 } as const;

/** A way to the service of a cluster that is not published: as `kubectl port-forward` makes one, for as long as the command runs. */
export async function throughCluster(cluster: Cluster, given: string | undefined): Promise<ServiceAddress> {
  const { kubeConfig, description } = cluster;
  const pod = await readyPod(cluster);
  const token = given ?? (await tokenOf(cluster));
  const forward = new PortForward(kubeConfig);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    forward.portForward(API.namespace, pod, [API.port], socket, null, socket).catch(() => socket.destroy());
  });
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", resolve);
  await listening;
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    description: `the submission service of ${description}`,
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

async function readyPod({ kubeConfig, description }: Cluster): Promise<string> {
  const { namespace, labelSelector } = API;
  try {
    const pods = await kubeConfig.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector });
    const ready = pods.items.find(({ status }) =>
      status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
    );
    if (ready?.metadata?.name !== undefined) return ready.metadata.name;
  } catch (error) {
    throw apiError(error, `look for the submission service in ${namespace}`, description);
  }
  throw new UserError(`${description} has no submission service that is ready in namespace ${namespace}`, {
    hint: "install it (systems: {submission-api: chart}), or name an address with --server",
    exitCode: 2,
  });
}

/** The user's own bearer token; certificates and basic logins mean nothing to the service. */
async function tokenOf({ kubeConfig, description }: Cluster): Promise<string> {
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const authorization = Object.entries(options.headers ?? {}).find(
    ([name]) => name.toLowerCase() === "authorization",
  )?.[1];
  const token = /^Bearer (.+)$/i.exec(String(authorization ?? ""))?.[1];
  if (token !== undefined) return token;
  throw new UserError(
    `the kubeconfig's user of ${description} has no bearer token, which the submission service asks for`,
    {
      hint: "give one with --token-file, e.g. of `kubectl create token`",
      exitCode: 2,
    },
  );
}
