import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as vault from "@pulumi/vault";
import type { Cluster } from "../cluster/index.ts";
import { AUTHORITY_SECRET, AUTHORITY_STORE, EXTERNAL_SECRETS_API, MANAGED_BY } from "./constants.ts";

/** The one way of a secret: made by a generator, kept in Vault, brought to a namespace by External Secrets. */
export interface SecretStoreAccess {
  readonly generator: random.Provider;
  readonly vault: vault.Provider;
  /** Vault's key-value mount (version 2) of the platform's own secrets. */
  readonly mount: string;
  /** Name of the ClusterSecretStore that reads it. */
  readonly store: string;
  /** What must be up before a secret can be kept or brought. */
  readonly ready: pulumi.Resource[];
}

/** A Kubernetes Secret that External Secrets writes. */
export interface DeliveredSecretArgs {
  readonly cluster: Cluster;
  readonly store: SecretStoreAccess;
  /** It must exist: depend on it. */
  readonly namespace: string;
  /** Name of the Secret. */
  readonly secretName: string;
  /** Where Vault keeps it, below the mount. */
  readonly path: string;
  /** Type of the Secret. Default: `Opaque`. */
  readonly type?: string;
  /** Key under which the platform authority's certificate (PEM) is added. Default: it is not. */
  readonly authorityKey?: string;
  /** Labels of the Secret: some operators select by them. */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Keys of the Secret, as templates over the keys kept in Vault: `{"url": "postgresql://{{ .username }}@host/db"}`.
   * Default: the keys as they are kept.
   */
  readonly template?: Readonly<Record<string, string>>;
}

/** Whose a secret is that one room keeps and another uses: its component, or what must be there first, the namespace above all. */
export interface Delivery {
  /** Default: the component that keeps it; then `dependsOn` must name the namespace. */
  readonly parent?: pulumi.Resource;
  readonly dependsOn?: readonly pulumi.Resource[];
}

/** Spec of the ExternalSecret; it reads all keys kept at the path. */
export function planExternalSecret(args: Omit<DeliveredSecretArgs, "cluster" | "store">, store: string) {
  const template = {
    engineVersion: "v2",
    ...(args.type === undefined ? {} : { type: args.type }),
    ...(args.labels === undefined ? {} : { metadata: { labels: { ...args.labels } } }),
    ...(args.template === undefined ? {} : { data: { ...args.template } }),
  };
  return {
    refreshInterval: "15m0s",
    secretStoreRef: { kind: "ClusterSecretStore", name: store },
    target: {
      name: args.secretName,
      creationPolicy: "Owner",
      // While Vault cannot be asked, what runs goes on with the secret it has.
      deletionPolicy: "Retain",
      ...(Object.keys(template).length === 1 ? {} : { template }),
    },
    dataFrom: [{ extract: { key: args.path } }],
    ...(args.authorityKey === undefined ? {} : { data: [authority(args.authorityKey)] }),
  };
}

const authority = (secretKey: string) => ({
  secretKey,
  remoteRef: { key: AUTHORITY_SECRET, property: "ca.crt" },
  sourceRef: { storeRef: { kind: "ClusterSecretStore", name: AUTHORITY_STORE } },
});

/** What Vault keeps at a path, brought to a namespace. */
export class DeliveredSecret extends pulumi.ComponentResource {
  /** Known from the start, so that values of charts can name it. */
  readonly secretName: string;
  /** Done when the Secret is there. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: DeliveredSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:security:DeliveredSecret", name, {}, opts);
    this.secretName = args.secretName;
    this.ready = [
      new k8s.apiextensions.CustomResource(
        name,
        {
          apiVersion: EXTERNAL_SECRETS_API,
          kind: "ExternalSecret",
          metadata: {
            name: args.secretName,
            namespace: args.namespace,
            labels: { ...MANAGED_BY },
            annotations: { "pulumi.com/waitFor": "condition=Ready" },
          },
          spec: planExternalSecret(args, args.store.store),
        },
        { parent: this, provider: args.cluster.provider, dependsOn: args.store.ready },
      ),
    ];
    this.registerOutputs({ secretName: args.secretName });
  }
}

/** A value that is given, or the word `generated`: 32 letters and digits that nobody chooses. */
export type SecretValue = "generated" | pulumi.Input<string>;

export interface StoredSecretArgs {
  readonly store: SecretStoreAccess;
  /** Where Vault keeps it, below the mount. */
  readonly path: string;
  readonly data: Readonly<Record<string, SecretValue>>;
}

/** Keys and values that Vault keeps; generated ones are made once and stay until they are replaced on purpose. */
export class StoredSecret extends pulumi.ComponentResource {
  readonly path: string;
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: StoredSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:security:StoredSecret", name, {}, opts);
    this.path = args.path;
    const value = (key: string, given: SecretValue): pulumi.Input<string> =>
      given === "generated"
        ? new random.RandomPassword(
            `${name}-${key}`,
            // Letters and digits only: it stands in connection strings and configuration files unescaped.
            { length: 32, special: false, minUpper: 1, minLower: 1, minNumeric: 1 },
            { parent: this, provider: args.store.generator },
          ).result
        : given;
    const data = Object.fromEntries(Object.entries(args.data).map(([key, given]) => [key, value(key, given)]));
    this.ready = [
      new vault.kv.SecretV2(
        name,
        {
          mount: args.store.mount,
          name: args.path,
          dataJson: pulumi.secret(pulumi.jsonStringify(data)),
          // Deleted with its stack, a secret leaves no older version behind.
          deleteAllVersions: true,
        },
        { parent: this, provider: args.store.vault, dependsOn: args.store.ready },
      ),
    ];
    this.registerOutputs({ path: args.path });
  }
}

export interface PlatformSecretArgs extends Omit<DeliveredSecretArgs, "path"> {
  readonly data: Readonly<Record<string, SecretValue>>;
}

/** A secret of one system: generated or given, kept in Vault at `<namespace>/<secretName>`, and a Secret in its namespace. */
export class PlatformSecret extends pulumi.ComponentResource {
  readonly secretName: string;
  /** Where Vault keeps it, below the mount: a `DeliveredSecret` brings it to a second namespace. */
  readonly path: string;
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: PlatformSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:security:PlatformSecret", name, {}, opts);
    const { data, ...delivery } = args;
    this.path = `${args.namespace}/${args.secretName}`;
    const stored = new StoredSecret(name, { store: args.store, path: this.path, data }, { parent: this });
    const delivered = new DeliveredSecret(
      name,
      { ...delivery, path: this.path },
      { parent: this, dependsOn: stored.ready },
    );
    this.secretName = delivered.secretName;
    this.ready = [...stored.ready, ...delivered.ready];
    this.registerOutputs({ secretName: this.secretName, path: this.path });
  }
}
