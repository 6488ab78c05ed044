import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import type { Readiness } from "../api/readiness.ts";

export interface ProbesOptions {
  readonly host: string;
  /** TCP; 0 takes any that is free. */
  readonly port: number;
  readonly readiness: Readiness;
  readonly registry: Registry;
}

export interface RunningProbes {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  close(): Promise<void>;
}

/** `/healthz`, `/readyz` and `/metrics` of a process that has no API. */
export async function startProbes({ host, port, readiness, registry }: ProbesOptions): Promise<RunningProbes> {
  const answer = (response: ServerResponse, status: number, type: string, body: string) =>
    response.writeHead(status, { "content-type": type }).end(body);
  const server = createServer((request, response) => {
    const routes: Record<string, () => unknown> = {
      "/healthz": () => answer(response, 200, "application/json", '{"status":"ok"}'),
      "/readyz": async () => {
        const state = await readiness();
        answer(response, state.ready ? 200 : 503, "application/json", JSON.stringify(state));
      },
      "/metrics": async () => answer(response, 200, registry.contentType, await registry.metrics()),
    };
    const route = routes[request.url?.split("?")[0] ?? ""];
    if (route === undefined || request.method !== "GET") answer(response, 404, "text/plain", "not found\n");
    else void Promise.resolve(route()).catch(() => answer(response, 500, "text/plain", "failed\n"));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${taken}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
