import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../../spec/user-error.ts";
import { type ClusterOptions, connect, stateFolder } from "../run/connect.ts";

/** Which submission service a command talks to, and as whom. */
export interface ServiceOptions extends ClusterOptions {
  /** Address of a service, e.g. `https://orch.example.com`; env ORCH_SERVER. */
  readonly server?: string;
  /** File with the bearer token to send; env ORCH_TOKEN_FILE. Default: that of the kubeconfig's user. */
  readonly tokenFile?: string;
}

export interface ServiceAddress {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string | undefined;
  /** For messages. */
  readonly description: string;
  /** Nobody there may mean that it begins anew, as the embedded one does when a team comes or changes. Default: false. */
  readonly mayRestart?: boolean;
  /** Lets go of what the way there needed. */
  close(): Promise<void>;
}

/** What the embedded environment writes for its own CLI; see `local/cluster`. */
export const EMBEDDED_ACCESS = "service.json";
export const embeddedAccess = z.object({ url: z.string(), token: z.string() });

const nothing = async () => undefined;

/**
 * A named server; else the service of a named cluster, reached through its API server; else the embedded environment's.
 *
 * @throws UserError, exit code 2, when there is none
 */
export async function reach(options: ServiceOptions): Promise<ServiceAddress> {
  if (options.server !== undefined) {
    const url = serverUrl(options.server);
    return { url, token: tokenIn(options.tokenFile), description: url, close: nothing };
  }
  if (options.kubeconfig !== undefined || options.context !== undefined) {
    const { throughCluster } = await import("./through-cluster.ts");
    return await throughCluster(connect(options), tokenIn(options.tokenFile));
  }
  return embedded(options);
}

function embedded(options: ServiceOptions): ServiceAddress {
  // Says that nothing runs there, where that is so.
  const { description } = connect(options);
  const folder = stateFolder(options);
  const known = embeddedAccess.safeParse(json(resolve(folder, EMBEDDED_ACCESS)));
  if (!known.success) {
    throw new UserError(`the embedded environment in ${folder} has no submission service`, {
      hint: "start it again: `orch local stop`, then `orch local start`",
      exitCode: 2,
    });
  }
  return { ...known.data, description, mayRestart: true, close: nothing };
}

function json(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url.href.replace(/\/+$/, "");
  throw new UserError(`${text} is not the address of a server`, {
    hint: "it begins with https:// (or http:// on this machine), e.g. https://orch.example.com",
  });
}

function tokenIn(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`the token file cannot be read: ${why}`, { exitCode: 2 });
  }
}
