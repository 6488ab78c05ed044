import { request } from "node:https";
import type { VaultAnswer, VaultApi } from "../../components/security/index.ts";

export interface VaultAddress {
  /** E.g. `https://127.0.0.1:8200` behind a port-forward. */
  readonly url: string;
  /** The authority's certificate, PEM. */
  readonly ca: string;
  /** Name the certificate must carry, whatever address it is reached at. */
  readonly serverName: string;
}

/** Vault's API over TLS; the connection fails when the certificate is not its own. */
export function vaultOverHttps({ url, ca, serverName }: VaultAddress): VaultApi {
  return {
    call: (method, path, body, token) =>
      new Promise<VaultAnswer>((resolve, reject) => {
        const outgoing = request(
          new URL(`/v1/${path}`, url),
          {
            method,
            ca,
            servername: serverName,
            timeout: 10_000,
            headers: {
              "X-Vault-Request": "true",
              ...(token === undefined ? {} : { "X-Vault-Token": token }),
            },
          },
          (answer) => {
            const chunks: Buffer[] = [];
            answer.on("data", (chunk: Buffer) => chunks.push(chunk));
            answer.on("error", reject);
            answer.on("end", () => {
              const text = Buffer.concat(chunks).toString("utf8");
              resolve({ status: answer.statusCode ?? 0, ...(text === "" ? {} : { body: JSON.parse(text) }) });
            });
          },
        );
        outgoing.on("timeout", () => outgoing.destroy(new Error(`${url} does not answer within 10 s`)));
        outgoing.on("error", reject);
        outgoing.end(body === undefined ? undefined : JSON.stringify(body));
      }),
  };
}
