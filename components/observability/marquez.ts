import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { Cluster } from "../cluster/index.ts";
import type { DatabaseAccess } from "../registry/index.ts";
import { MANAGED_BY } from "../security/index.ts";
import {
  type Availability,
  CONTAINER_SECURITY,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  replicas,
  resources,
  spreadOver,
} from "../system/index.ts";
import { MONITORING_NAMESPACE } from "./constants.ts";

/** Its project's chart is in no repository and cannot confine its containers, so the deployment is ours. */
export const MARQUEZ_IMAGE = "docker.io/marquezproject/marquez:0.51.1";

export interface MarquezArgs {
  readonly cluster: Cluster;
  readonly availability: Availability;
  readonly database: DatabaseAccess;
  /** Image, by digest where an air-gapped registry holds it. Default: `MARQUEZ_IMAGE`. */
  readonly image?: string | undefined;
  /** Days that runs are kept; what they made stays known through newer runs. Default: 90. */
  readonly retentionDays?: number | undefined;
  /** Whether Prometheus is there to scrape. */
  readonly monitoring: boolean;
}

const API_PORT = 5000;
const ADMIN_PORT = 5001;
const CONFIG_FILE = "marquez.yml";
const LABELS = { "app.kubernetes.io/name": "marquez" } as const;

/** Its configuration file; what stands in `${}` comes from the environment of its container. */
export function planMarquezConfig(retentionDays = 90): string {
  return stringify({
    server: {
      applicationConnectors: [{ type: "http", port: API_PORT }],
      adminConnectors: [{ type: "http", port: ADMIN_PORT }],
    },
    db: {
      driverClass: "org.postgresql.Driver",
      url: "jdbc:postgresql://${POSTGRES_HOST}:${POSTGRES_PORT}/${POSTGRES_DB}?sslmode=require",
      user: "${POSTGRES_USER}",
      password: "${POSTGRES_PASSWORD}",
    },
    migrateOnStartup: true,
    dbRetention: { frequencyMins: 60, numberOfRowsPerBatch: 1000, retentionDays },
    graphql: { enabled: true },
  });
}

/** Pods of the API; `secret` holds `username` and `password` of its database. */
export function planMarquezPods(
  args: Pick<MarquezArgs, "image"> & { database: Pick<DatabaseAccess, "host" | "port" | "database"> },
  secret: string,
): k8s.types.input.core.v1.PodSpec {
  const login = (key: string) => ({ valueFrom: { secretKeyRef: { name: secret, key } } });
  return {
    automountServiceAccountToken: false,
    securityContext: { ...POD_SECURITY, runAsUser: 1000, runAsGroup: 1000 },
    nodeSelector: { ...ON_SYSTEM_NODES },
    topologySpreadConstraints: spreadOver(LABELS),
    containers: [
      {
        name: "api",
        image: args.image ?? MARQUEZ_IMAGE,
        env: [
          { name: "MARQUEZ_CONFIG", value: `/etc/marquez/${CONFIG_FILE}` },
          { name: "JAVA_OPTS", value: "-XX:MaxRAMPercentage=70" },
          { name: "POSTGRES_HOST", value: args.database.host },
          { name: "POSTGRES_PORT", value: String(args.database.port) },
          { name: "POSTGRES_DB", value: args.database.database },
          { name: "POSTGRES_USER", ...login("username") },
          { name: "POSTGRES_PASSWORD", ...login("password") },
        ],
        ports: [
          { name: "http", containerPort: API_PORT },
          { name: "admin", containerPort: ADMIN_PORT },
        ],
        // The first start migrates the database.
        startupProbe: { httpGet: { path: "/ping", port: "admin" }, periodSeconds: 5, failureThreshold: 60 },
        readinessProbe: { httpGet: { path: "/healthcheck", port: "admin" }, periodSeconds: 10, timeoutSeconds: 5 },
        livenessProbe: { httpGet: { path: "/ping", port: "admin" }, periodSeconds: 20, timeoutSeconds: 5 },
        resources: resources({ cpu: "200m", memory: "1Gi" }),
        securityContext: { ...CONTAINER_SECURITY, capabilities: { drop: [...CONTAINER_SECURITY.capabilities.drop] } },
        volumeMounts: [
          { name: "config", mountPath: "/etc/marquez", readOnly: true },
          { name: "tmp", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      { name: "config", configMap: { name: "marquez" } },
      { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
    ],
  };
}

/** Lineage: what was made from what, by which run. It is asked through the submission API; it has no page of its own here. */
export class Marquez extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: MarquezArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:observability:Marquez", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const metadata = { name: "marquez", namespace: MONITORING_NAMESPACE, labels: { ...MANAGED_BY, ...LABELS } };
    const copies = replicas(args.availability);

    const login = args.database.secret(MONITORING_NAMESPACE, { parent: this });
    const config = new k8s.core.v1.ConfigMap(
      `${name}-config`,
      { metadata, data: { [CONFIG_FILE]: planMarquezConfig(args.retentionDays) } },
      child,
    );
    const deployment = new k8s.apps.v1.Deployment(
      name,
      {
        metadata,
        spec: {
          replicas: copies,
          selector: { matchLabels: { ...LABELS } },
          template: { metadata: { labels: { ...metadata.labels } }, spec: planMarquezPods(args, login.secretName) },
        },
      },
      { ...child, dependsOn: [config, ...login.ready, ...args.database.ready] },
    );
    const service = new k8s.core.v1.Service(
      name,
      {
        metadata,
        spec: {
          selector: { ...LABELS },
          ports: [
            { name: "http", port: API_PORT, targetPort: "http" },
            { name: "admin", port: ADMIN_PORT, targetPort: "admin" },
          ],
        },
      },
      child,
    );
    if (copies > 1) {
      new k8s.policy.v1.PodDisruptionBudget(
        name,
        { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: { ...LABELS } } } },
        child,
      );
    }
    if (args.monitoring) {
      new k8s.apiextensions.CustomResource(
        `${name}-monitor`,
        {
          apiVersion: "monitoring.coreos.com/v1",
          kind: "ServiceMonitor",
          metadata,
          spec: { selector: { matchLabels: { ...LABELS } }, endpoints: [{ port: "admin", path: "/metrics" }] },
        },
        child,
      );
    }
    this.ready = [deployment, service];
    this.registerOutputs({ image: args.image ?? MARQUEZ_IMAGE });
  }
}
