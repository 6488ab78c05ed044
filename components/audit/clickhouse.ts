import { AUDIT_GRANTS, AUDIT_USERS, type AuditUser, CLICKHOUSE_CLUSTER } from "../../submission/spec/audit/index.ts";
import { STORAGE_CLASS } from "../cluster/index.ts";
import {
  type Availability,
  CONTAINER_SECURITY,
  type ContainerSize,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  replicas,
  resources,
  type SystemArgs,
  spreadOver,
} from "../system/index.ts";
import { AUDIT_NAMESPACE, AUDIT_PORT } from "./constants.ts";

const SERVER_IMAGE = "clickhouse/clickhouse-server:25.8.12";
const KEEPER_IMAGE = "clickhouse/clickhouse-keeper:25.8.12";
/** User of both images. */
const CLICKHOUSE_USER = 101;
export const AUDIT_TLS_SECRET = "clickhouse-tls";
const TLS_FOLDER = "/etc/clickhouse-tls";
/** The operator's own account on the servers; the chart looks for it by this name. */
export const OPERATOR_SECRET = "clickhouse-operator";
export const auditSecret = (user: AuditUser) => `audit-${user}`;

export interface ClickHouseSettings {
  readonly availability: Availability;
  /** Each server's disk, GiB. Default: 50. */
  readonly storageGib?: number | undefined;
  /** Default: 500m and 2 GiB. */
  readonly size?: ContainerSize | undefined;
}

export function planClickHouseOperatorValues({ monitoring }: Pick<SystemArgs, "monitoring">) {
  return {
    fullnameOverride: OPERATOR_SECRET,
    // It would run an image by the tag `latest`; Helm itself brings the definitions with the first installation.
    crdHook: { enabled: false },
    // Its password is generated and kept in Vault, not the chart's own, which everybody knows.
    secret: { create: false },
    rbac: { create: true, namespaceScoped: true },
    operator: {
      containerSecurityContext: CONTAINER_SECURITY,
      resources: resources({ cpu: "50m", memory: "256Mi" }),
    },
    metrics: {
      enabled: true,
      containerSecurityContext: CONTAINER_SECURITY,
      resources: resources({ cpu: "25m", memory: "128Mi" }),
    },
    podSecurityContext: { ...POD_SECURITY, runAsUser: 65_532 },
    nodeSelector: { ...ON_SYSTEM_NODES },
    topologySpreadConstraints: spreadOver({ "app.kubernetes.io/name": "altinity-clickhouse-operator" }),
    serviceMonitor: { enabled: monitoring },
  };
}

const volumeClaim = (name: string, gib: number) => ({
  name,
  // The operator's going takes no data along.
  reclaimPolicy: "Retain",
  spec: {
    accessModes: ["ReadWriteOnce"],
    storageClassName: STORAGE_CLASS,
    resources: { requests: { storage: `${gib}Gi` } },
  },
});

const pod = (labels: Readonly<Record<string, string>>) => ({
  automountServiceAccountToken: false,
  securityContext: {
    ...POD_SECURITY,
    runAsUser: CLICKHOUSE_USER,
    runAsGroup: CLICKHOUSE_USER,
    fsGroup: CLICKHOUSE_USER,
  },
  nodeSelector: { ...ON_SYSTEM_NODES },
  topologySpreadConstraints: spreadOver(labels),
});

const user = (kind: AuditUser): Record<string, unknown> => {
  const name = AUDIT_USERS[kind];
  return {
    [`${name}/password`]: { valueFrom: { secretKeyRef: { name: auditSecret(kind), key: "password" } } },
    // Which pods may come is the namespace's network policy.
    [`${name}/networks/ip`]: ["::/0"],
    [`${name}/profile`]: "default",
    [`${name}/grants/query`]: [...AUDIT_GRANTS[kind]],
  };
};

/** Spec of the ClickHouseInstallation: one server, or two that hold the same and a keeper by which they agree. */
export function planClickHouse({ availability, storageGib, size }: ClickHouseSettings) {
  const count = replicas(availability);
  const cluster = {
    name: CLICKHOUSE_CLUSTER,
    secure: "yes",
    pdbManaged: "yes",
    pdbMaxUnavailable: 1,
    layout: { shardsCount: 1, replicasCount: count },
    schemaPolicy: { replica: "All", shard: "All" },
  };
  const files = { certificateFile: "tls.crt", privateKeyFile: "tls.key", caConfig: "ca.crt" };
  return {
    defaults: {
      templates: { podTemplate: "server", dataVolumeClaimTemplate: "data", serviceTemplate: "service" },
    },
    configuration: {
      clusters: [cluster],
      ...(count > 1 ? { zookeeper: { nodes: [{ host: `keeper-audit.${AUDIT_NAMESPACE}.svc`, port: 2181 }] } } : {}),
      users: {
        // Comes with the image, without a password.
        "default/networks/ip": ["127.0.0.1", "::1"],
        ...Object.assign({}, ...(Object.keys(AUDIT_USERS) as AuditUser[]).map(user)),
      },
      settings: {
        https_port: String(AUDIT_PORT),
        ...Object.fromEntries(
          Object.entries(files).map(([setting, file]) => [`openSSL/server/${setting}`, `${TLS_FOLDER}/${file}`]),
        ),
        "openSSL/server/verificationMode": "none",
        "openSSL/server/disableProtocols": "sslv2,sslv3,tlsv1,tlsv1_1",
        "logger/level": "information",
        "logger/console": "true",
      },
    },
    templates: {
      podTemplates: [
        {
          name: "server",
          podDistribution: [{ type: "ClickHouseAntiAffinity", topologyKey: "kubernetes.io/hostname" }],
          spec: {
            ...pod({ "clickhouse.altinity.com/chi": "audit" }),
            containers: [
              {
                name: "clickhouse",
                image: SERVER_IMAGE,
                // Users are the configuration's; the image must not write its own.
                env: [{ name: "CLICKHOUSE_SKIP_USER_SETUP", value: "1" }],
                securityContext: CONTAINER_SECURITY,
                resources: resources(size ?? { cpu: "500m", memory: "2Gi" }),
                volumeMounts: [
                  { name: "tls", mountPath: TLS_FOLDER, readOnly: true },
                  { name: "logs", mountPath: "/var/log/clickhouse-server" },
                  { name: "tmp", mountPath: "/tmp" },
                ],
              },
            ],
            volumes: [
              { name: "tls", secret: { secretName: AUDIT_TLS_SECRET, defaultMode: 0o440 } },
              { name: "logs", emptyDir: { sizeLimit: "1Gi" } },
              { name: "tmp", emptyDir: { sizeLimit: "1Gi" } },
            ],
          },
        },
      ],
      volumeClaimTemplates: [volumeClaim("data", storageGib ?? 50)],
      serviceTemplates: [
        {
          name: "service",
          generateName: "clickhouse-{chi}",
          spec: {
            type: "ClusterIP",
            ports: [{ name: "https", port: AUDIT_PORT, targetPort: AUDIT_PORT }],
          },
        },
      ],
    },
  };
}

/** Spec of the keeper: three, of whom two must agree. */
export const planKeeper = () => ({
  defaults: { templates: { podTemplate: "keeper", dataVolumeClaimTemplate: "data" } },
  configuration: { clusters: [{ name: CLICKHOUSE_CLUSTER, pdbMaxUnavailable: 1, layout: { replicasCount: 3 } }] },
  templates: {
    podTemplates: [
      {
        name: "keeper",
        spec: {
          ...pod({ "clickhouse-keeper.altinity.com/chk": "audit" }),
          containers: [
            {
              name: "clickhouse-keeper",
              image: KEEPER_IMAGE,
              securityContext: CONTAINER_SECURITY,
              resources: resources({ cpu: "100m", memory: "512Mi" }),
              volumeMounts: [
                { name: "logs", mountPath: "/var/log/clickhouse-keeper" },
                { name: "tmp", mountPath: "/tmp" },
              ],
            },
          ],
          volumes: [
            { name: "logs", emptyDir: { sizeLimit: "1Gi" } },
            { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
          ],
        },
      },
    ],
    volumeClaimTemplates: [volumeClaim("data", 10)],
  },
});
