import { readFileSync } from "node:fs";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

export interface ProbeTls {
  /** Paths of PEM files. */
  readonly ca: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Of a bearer token instead. */
  readonly token?: string;
}

export interface ProbeAnswer {
  readonly status: number;
  readonly body: string;
}

/** One GET that never throws: undefined when nobody answered within two seconds. Used before a cluster client can work. */
export function probe(url: string, tls?: ProbeTls): Promise<ProbeAnswer | undefined> {
  return new Promise((resolve) => {
    const options = {
      timeout: 2_000,
      agent: url.startsWith("https:") ? secure : plain,
      headers: {
        accept: "application/json",
        ...(tls?.token === undefined ? {} : { authorization: `Bearer ${file(tls.token)?.toString("utf8")}` }),
      },
      ...(tls ? { ca: file(tls.ca), cert: file(tls.certificate), key: file(tls.key) } : {}),
    };
    const request = (url.startsWith("https:") ? httpsRequest : httpRequest)(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => resolve(undefined));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(undefined));
    request.end();
  });
}

// A connection is kept for the next question: a TLS handshake costs both sides more than the answer.
const secure = new HttpsAgent({ keepAlive: true });
const plain = new HttpAgent({ keepAlive: true });

const files = new Map<string, Buffer>();

function file(path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  const known = files.get(path);
  if (known) return known;
  const content = readFileSync(path);
  files.set(path, content);
  return content;
}
