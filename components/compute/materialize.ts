import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Bucket, type Cluster, PodRole, planBucketPermissions } from "../cluster/index.ts";
import type { BrokerAccess } from "../queue/index.ts";
import type { DatabaseAccess } from "../registry/index.ts";
import { EXTERNAL_SECRETS_API, MANAGED_BY, type SecretStoreAccess } from "../security/index.ts";
import {
  type Availability,
  CHARTS,
  chartRelease,
  ON_SYSTEM_NODES,
  replicas,
  resources,
  type SystemArgs,
} from "../system/index.ts";
import { MATERIALIZE_NAMESPACE, MATERIALIZE_PORT } from "./constants.ts";
import { connectionJob, rolloutId } from "./materialize-plan.ts";

/**
 * Materialize is not free software: version 26 is under the Business Source License 1.1, which lets everybody run it, and the
 * software itself asks for a licence key. The Community key costs nothing and ends at 24 GiB of memory and 48 GiB of disk;
 * above, a contract with Materialize is needed. The key is put into Vault by a person: it is in no configuration and no state.
 */
export interface MaterializeSettings {
  readonly availability: Availability;
  /** Where Vault keeps the key `license_key`, below the platform's mount. */
  readonly licencePath: string;
  /** GiB of memory of the process that plans and answers; compute clusters have sizes of their own (`25cc`...). */
  readonly memoryGi: number;
  /** Image with `psql`, for the job that makes the connection. */
  readonly clientImage: string;
}

export interface MaterializeArgs extends MaterializeSettings, Omit<SystemArgs, "monitoring"> {
  readonly secrets: SecretStoreAccess;
  /** Where it keeps what it knows. */
  readonly database: DatabaseAccess;
  /** Where it keeps the data of its views. */
  readonly bucket: Bucket;
  /** Default: it reads no topics until somebody connects it. */
  readonly brokers?: BrokerAccess | undefined;
}

const NAME = "materialize";
const BACKEND_SECRET = "materialize-backend";
const PREFIX = "materialize";

/** Values of the operator's chart. */
export function planMaterializeOperatorValues({ aws, facts }: Pick<Cluster, "aws" | "facts">) {
  return {
    operator: {
      image: { tag: CHARTS.materializeOperator.appVersion },
      args: { startupLogFilter: "INFO", enableInternalStatementLogging: true, enableLicenseKeyChecks: true },
      cloudProvider:
        aws === undefined
          ? { type: "local", region: facts.region }
          : { type: "aws", region: aws.region, providers: { aws: { enabled: true, accountID: aws.account } } },
      // Our nodes have neither swap nor local disks: views live in memory, and in S3.
      clusters: { swap_enabled: false },
      nodeSelector: { ...ON_SYSTEM_NODES },
      resources: resources({ cpu: "100m", memory: "512Mi" }),
    },
    environmentd: { nodeSelector: { ...ON_SYSTEM_NODES } },
    balancerd: { nodeSelector: { ...ON_SYSTEM_NODES } },
    console: { enabled: false },
    clusterd: { nodeSelector: { ...ON_SYSTEM_NODES } },
    // Ours are there already, and stricter.
    networkPolicies: { enabled: false },
    telemetry: { enabled: false, segmentClientSide: false },
  };
}

/** Spec of the Materialize resource, without what makes a change of it come into force. */
export function planEnvironment(args: Pick<MaterializeSettings, "availability" | "memoryGi">) {
  return {
    environmentdImageRef: `docker.io/materialize/environmentd:${CHARTS.materializeOperator.appVersion}`,
    backendSecretName: BACKEND_SECRET,
    // Whoever reaches the port is let in; only teams' namespaces do. DAGs carry no passwords.
    authenticatorKind: "None",
    balancerdReplicas: replicas(args.availability),
    serviceAccountName: NAME,
    environmentdResourceRequirements: resources({ cpu: "1", memory: `${args.memoryGi}Gi` }),
    rolloutStrategy: "WaitUntilReady",
    podLabels: { ...MANAGED_BY },
  };
}

/** Streaming SQL: its operator, one environment, its connection to the brokers. */
export class Materialize extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  /** @param args its namespace is `MATERIALIZE_NAMESPACE`: depend on it */
  constructor(name: string, args: MaterializeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:compute:Materialize", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const metadata = (objectName: string) => ({
      name: objectName,
      namespace: MATERIALIZE_NAMESPACE,
      labels: { ...MANAGED_BY },
    });

    const account = new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata: metadata(NAME) }, child);
    const rights = this.role(name, args);
    const backend = this.backendSecret(name, args, metadata(BACKEND_SECRET), child);
    const operator = chartRelease(
      `${name}-operator`,
      {
        chart: CHARTS.materializeOperator,
        mirror: args.mirror,
        namespace: MATERIALIZE_NAMESPACE,
        values: planMaterializeOperatorValues(args.cluster),
      },
      child,
    );
    const spec = planEnvironment(args);
    const environment = new k8s.apiextensions.CustomResource(
      `${name}-environment`,
      {
        apiVersion: "materialize.cloud/v1alpha1",
        kind: "Materialize",
        metadata: { ...metadata(NAME), annotations: { "pulumi.com/waitFor": "condition=UpToDate" } },
        spec: { ...spec, requestRollout: rolloutId(spec) },
      },
      { ...child, dependsOn: [operator, account, backend, ...rights, ...args.database.ready] },
    );
    const service = new k8s.core.v1.Service(
      `${name}-service`,
      {
        metadata: metadata(NAME),
        // The operator's own service is named after an id that nobody can know beforehand.
        spec: {
          selector: { "materialize.cloud/app": "balancerd", "materialize.cloud/organization-name": NAME },
          ports: [{ name: "sql", port: MATERIALIZE_PORT, targetPort: MATERIALIZE_PORT }],
        },
      },
      child,
    );
    const connected =
      args.brokers === undefined ? [] : this.connection(name, args, args.brokers, [environment, service], child);
    this.ready = [environment, service, ...connected];
    this.registerOutputs({ endpoint: `${NAME}.${MATERIALIZE_NAMESPACE}.svc:${MATERIALIZE_PORT}` });
  }

  private role(name: string, { cluster: { aws }, bucket }: MaterializeArgs): pulumi.Resource[] {
    if (aws === undefined) return [];
    const own = [`${PREFIX}/`];
    return new PodRole(
      name,
      {
        aws,
        namespace: MATERIALIZE_NAMESPACE,
        serviceAccount: NAME,
        permissions: planBucketPermissions(bucket, { read: own, write: own, delete: own }),
      },
      { parent: this },
    ).ready;
  }

  /** Login of the database and licence key meet in the cluster: neither passes through this program. */
  private backendSecret(
    name: string,
    { database, bucket, cluster, licencePath, secrets }: MaterializeArgs,
    metadata: k8s.types.input.meta.v1.ObjectMeta,
    child: pulumi.CustomResourceOptions,
  ): pulumi.Resource {
    return new k8s.apiextensions.CustomResource(
      `${name}-backend`,
      {
        apiVersion: EXTERNAL_SECRETS_API,
        kind: "ExternalSecret",
        metadata: { ...metadata, annotations: { "pulumi.com/waitFor": "condition=Ready" } },
        spec: {
          refreshInterval: "15m0s",
          secretStoreRef: { kind: "ClusterSecretStore", name: secrets.store },
          target: {
            name: BACKEND_SECRET,
            creationPolicy: "Owner",
            deletionPolicy: "Retain",
            template: {
              engineVersion: "v2",
              data: {
                metadata_backend_url: pulumi.interpolate`postgres://{{ .username }}:{{ .password }}@${database.host}:${database.port}/${database.database}?sslmode=require`,
                persist_backend_url: `s3://${bucket.bucket}/${PREFIX}?region=${cluster.facts.region}`,
                license_key: "{{ .license_key }}",
              },
            },
          },
          dataFrom: [{ extract: { key: database.path } }, { extract: { key: licencePath } }],
        },
      },
      { ...child, dependsOn: [...secrets.ready, ...database.ready] },
    );
  }

  private connection(
    name: string,
    { clientImage }: MaterializeArgs,
    brokers: BrokerAccess,
    dependsOn: pulumi.Resource[],
    child: pulumi.CustomResourceOptions,
  ): pulumi.Resource[] {
    const login = brokers.secret("materialize", MATERIALIZE_NAMESPACE, { parent: this });
    const { script, job } = connectionJob(brokers.bootstrap, login.secretName, clientImage);
    const metadata = { name: "connect-redpanda", namespace: MATERIALIZE_NAMESPACE, labels: { ...MANAGED_BY } };
    const text = new k8s.core.v1.ConfigMap(`${name}-connection`, { metadata, data: script }, child);
    return [
      new k8s.batch.v1.Job(
        `${name}-connection`,
        { metadata, spec: job },
        { ...child, dependsOn: [...dependsOn, text, ...login.ready, ...brokers.ready] },
      ),
    ];
  }
}
