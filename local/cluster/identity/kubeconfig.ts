import { readFileSync } from "node:fs";
import { stringify } from "yaml";
import type { Credentials, User } from "./credentials.ts";

export interface KubeconfigContent {
  readonly server: string;
  readonly certificateAuthorityPem: string;
  readonly user: string;
  /** Namespace of the context. Default `default`. */
  readonly namespace?: string;
  readonly credential: { readonly certificatePem: string; readonly keyPem: string } | { readonly token: string };
}

/** A kubeconfig that holds all it needs: it can be copied elsewhere and still works. */
export function renderKubeconfig(content: KubeconfigContent): string {
  const { credential } = content;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "orch-embedded",
    clusters: [
      {
        name: "orch-embedded",
        cluster: {
          server: content.server,
          "certificate-authority-data": base64(content.certificateAuthorityPem),
          // Packing a Workflow at every read costs more than carrying it over the loopback.
          "disable-compression": true,
        },
      },
    ],
    contexts: [
      {
        name: "orch-embedded",
        context: { cluster: "orch-embedded", user: content.user, namespace: content.namespace ?? "default" },
      },
    ],
    users: [
      {
        name: content.user,
        user:
          "token" in credential
            ? { token: credential.token }
            : {
                "client-certificate-data": base64(credential.certificatePem),
                "client-key-data": base64(credential.keyPem),
              },
      },
    ],
  });
}

export function userKubeconfig(credentials: Credentials, server: string, user: User, namespace?: string): string {
  const read = (path: string): string => readFileSync(path, "utf8");
  const { certificate, key } = credentials.pair("admin");
  return renderKubeconfig({
    server,
    certificateAuthorityPem: read(credentials.clusterCa),
    user,
    namespace,
    credential:
      user === "admin"
        ? { certificatePem: read(certificate), keyPem: read(key) }
        : { token: read(credentials.token(user)) },
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
