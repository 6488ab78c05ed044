import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

/** Every port the environment listens on, by what it is for. All on 127.0.0.1. */
export const PORT_NAMES = [
  "etcd",
  "etcdPeer",
  "apiserver",
  "controllerManager",
  "scheduler",
  "kwok",
  "kueueWebhook",
  "kueueHealth",
  "submission",
  "submissionGrpc",
] as const;

export type PortName = (typeof PORT_NAMES)[number];
export type Ports = Readonly<Record<PortName, number>>;

/**
 * Free ports, the preferred ones where they are still free, so that a kubeconfig stays right over a restart.
 * All are held open until the last is known: no port is given twice.
 */
export async function choosePorts(preferred: Partial<Ports> = {}): Promise<Ports> {
  const held: Server[] = [];
  try {
    const chosen: Partial<Record<PortName, number>> = {};
    for (const name of PORT_NAMES) {
      const server = await listenOnFree(preferred[name]);
      held.push(server);
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("a TCP server without a port");
      chosen[name] = address.port;
    }
    return chosen as Ports;
  } finally {
    await Promise.all(held.map((server) => new Promise((done) => server.close(done))));
  }
}

/**
 * Below the range from which the kernel takes the ports of outgoing connections: one of those could take a port between
 * its choice and its use.
 */
const RANGE = { from: 20_000, to: 32_000 } as const;
const ATTEMPTS = 200;

async function listenOnFree(preferred: number | undefined): Promise<Server> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = attempt === 0 && preferred ? preferred : randomInt(RANGE.from, RANGE.to);
    const server = await listen(port);
    if (server) return server;
  }
  throw new Error(`no free port on 127.0.0.1 between ${RANGE.from} and ${RANGE.to}`);
}

/** Undefined when the port is taken. */
function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => resolve(server));
  });
}
