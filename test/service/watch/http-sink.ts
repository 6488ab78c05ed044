import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly path: string;
  readonly body: Buffer;
}

/** A server of HTTP that takes what it is sent, and that can go away (its port refuses) and come back where it was. */
export class HttpSink {
  readonly received: Received[] = [];
  /** Requests that reached it, also those it did not take. */
  asked = 0;
  /** Status it answers a request with. Default: 200 to each. */
  answer: (body: Buffer) => number = () => 200;
  #server: Server | undefined;
  #port = 0;

  static async start(): Promise<HttpSink> {
    const sink = new HttpSink();
    await sink.back();
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async back(): Promise<void> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      this.asked += 1;
      const status = this.answer(body);
      if (status === 200) this.received.push({ path: request.url ?? "", body });
      response.writeHead(status, { "content-type": "application/x-protobuf" }).end();
    });
    this.#server = server;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(this.#port, "127.0.0.1", resolve);
    await promise;
    this.#port = (server.address() as AddressInfo).port;
  }

  async away(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server?.close(() => resolve());
    this.#server?.closeAllConnections();
    await promise;
  }

  async close(): Promise<void> {
    if (this.#server?.listening) await this.away();
  }
}
