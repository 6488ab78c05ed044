import { existsSync, readFileSync } from "node:fs";
import type { AgentOptions } from "node:https";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const named = <T extends z.ZodType>(key: string, schema: T) => z.object({ name: z.string(), [key]: schema }).loose();
const cluster = z.looseObject({
  server: z.string(),
  "certificate-authority": z.string().optional(),
  "certificate-authority-data": z.string().optional(),
  "insecure-skip-tls-verify": z.boolean().optional(),
  "tls-server-name": z.string().optional(),
  "proxy-url": z.string().optional(),
});
const user = z.looseObject({
  "client-certificate": z.string().optional(),
  "client-certificate-data": z.string().optional(),
  "client-key": z.string().optional(),
  "client-key-data": z.string().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
});
const context = z.looseObject({ cluster: z.string(), user: z.string().optional(), namespace: z.string().optional() });
const schema = z.looseObject({
  clusters: z.array(named("cluster", cluster)),
  users: z.array(named("user", user.nullable())).nullish(),
  contexts: z.array(named("context", context)),
  "current-context": z.string().optional(),
});

/** How to reach one API server. */
export interface Connection {
  /** Base address without a trailing slash. */
  server: string;
  /** Namespace of the context, if it names one. */
  namespace: string | undefined;
  tls: AgentOptions;
  token: string | undefined;
}

export interface KubeconfigSelection {
  /** Contents of a kubeconfig, or a path to one. Default: `KUBECONFIG`, then `~/.kube/config`. */
  kubeconfig?: string | undefined;
  context?: string | undefined;
  cluster?: string | undefined;
}

/**
 * Reads a kubeconfig.
 *
 * @throws Error naming what is missing or not supported (`exec` and `auth-provider` users, proxies)
 */
export function readKubeconfig(selection: KubeconfigSelection): Connection {
  const { text, folder, origin } = locate(selection.kubeconfig);
  const parsed = schema.safeParse(parse(text));
  if (!parsed.success) throw new Error(`${origin} is not a kubeconfig: ${z.prettifyError(parsed.error)}`);
  const config = parsed.data;

  const contextName = selection.context ?? config["current-context"];
  const chosen = config.contexts.find((entry) => entry.name === contextName);
  if (chosen === undefined) {
    throw new Error(
      `${origin} has no context ${JSON.stringify(contextName)}; it has: ${config.contexts.map((entry) => entry.name).join(", ") || "none"}`,
    );
  }
  const chosenContext = context.parse(chosen.context);
  const clusterName = selection.cluster ?? chosenContext.cluster;
  const clusterEntry = config.clusters.find((entry) => entry.name === clusterName);
  if (clusterEntry === undefined) throw new Error(`${origin} has no cluster ${JSON.stringify(clusterName)}`);
  const chosenCluster = cluster.parse(clusterEntry.cluster);
  const userEntry = config.users?.find((entry) => entry.name === chosenContext.user);
  const chosenUser = user.parse(userEntry?.user ?? {});

  for (const key of ["exec", "auth-provider", "username"]) {
    if (key in chosenUser) {
      throw new Error(
        `user ${JSON.stringify(chosenContext.user)} of ${origin} signs in by ${key}, which the embedded provider does not support: ` +
          "use a kubeconfig with a client certificate or a token, or install Pulumi's kubernetes plugin",
      );
    }
  }
  if (chosenCluster["proxy-url"] !== undefined)
    throw new Error(
      `cluster ${JSON.stringify(clusterName)} of ${origin} is behind a proxy, which the embedded provider does not support`,
    );

  const material = (data: string | undefined, file: string | undefined) =>
    data !== undefined
      ? Buffer.from(data, "base64")
      : file !== undefined
        ? readFileSync(resolve(folder, file))
        : undefined;
  return {
    server: chosenCluster.server.replace(/\/+$/, ""),
    namespace: chosenContext.namespace,
    token:
      chosenUser.token ??
      (chosenUser.tokenFile === undefined
        ? undefined
        : readFileSync(resolve(folder, chosenUser.tokenFile), "utf8").trim()),
    tls: {
      ca: material(chosenCluster["certificate-authority-data"], chosenCluster["certificate-authority"]),
      cert: material(chosenUser["client-certificate-data"], chosenUser["client-certificate"]),
      key: material(chosenUser["client-key-data"], chosenUser["client-key"]),
      rejectUnauthorized: chosenCluster["insecure-skip-tls-verify"] !== true,
      ...(chosenCluster["tls-server-name"] === undefined ? {} : { servername: chosenCluster["tls-server-name"] }),
    },
  };
}

function locate(kubeconfig: string | undefined): { text: string; folder: string; origin: string } {
  if (kubeconfig?.includes("\n")) return { text: kubeconfig, folder: process.cwd(), origin: "the kubeconfig" };
  if (kubeconfig?.trimStart().startsWith("{"))
    return { text: kubeconfig, folder: process.cwd(), origin: "the kubeconfig" };
  const path = (kubeconfig ?? process.env.KUBECONFIG ?? "~/.kube/config").replace(/^~(?=\/)/, homedir());
  if (!existsSync(path)) throw new Error(`there is no kubeconfig at ${path}`);
  return { text: readFileSync(path, "utf8"), folder: dirname(path), origin: `the kubeconfig ${path}` };
}
