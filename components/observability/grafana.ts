import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/index.ts";
import type { DatabaseAccess } from "../registry/index.ts";
import { MANAGED_BY, PlatformSecret, type SecretStoreAccess } from "../security/index.ts";
import {
  type Availability,
  CHARTS,
  CONTAINER_SECURITY,
  chartRelease,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  replicas,
  resources,
  spreadOver,
} from "../system/index.ts";
import { ALERTMANAGER_URL, LOKI_URL, MONITORING_NAMESPACE, PROMETHEUS_URL, TEMPO_URL } from "./constants.ts";

/** Where Grafana looks, by what is installed. */
export interface Sources {
  readonly prometheus: boolean;
  readonly loki: boolean;
  readonly tempo: boolean;
}

export interface GrafanaSettings {
  readonly availability: Availability;
  readonly sources: Sources;
  /** Whether Prometheus is there to scrape. */
  readonly monitoring: boolean;
}

/** A dashboard as Grafana reads it; `dashboards/index.ts` makes ours. */
export interface DashboardFile {
  /** File name without extension; also its uid. */
  readonly name: string;
  readonly json: string;
}

export interface GrafanaArgs extends GrafanaSettings {
  readonly cluster: Cluster;
  readonly mirror?: string | undefined;
  readonly secrets: SecretStoreAccess;
  /** Users, preferences, silences; none: they end with the pod, and there is one pod. */
  readonly database?: DatabaseAccess | undefined;
  readonly dashboards: readonly DashboardFile[];
}

const ADMIN_SECRET = "grafana-admin";
const DATABASE_SECRET = "grafana-database";
/** The sidecar takes ConfigMaps that carry it. */
const DASHBOARD_LABEL = { grafana_dashboard: "1" } as const;

/** Values of the chart. */
export function planGrafanaValues(
  args: GrafanaSettings,
  database?: Pick<DatabaseAccess, "host" | "port" | "database"> & { secretName: string },
) {
  // Without a database of its own, a second replica would know other users than the first.
  const copies = database === undefined ? 1 : replicas(args.availability);
  return {
    replicas: copies,
    podDisruptionBudget: copies > 1 ? { minAvailable: 1 } : {},
    admin: { existingSecret: ADMIN_SECRET, userKey: "username", passwordKey: "password" },
    "grafana.ini": {
      analytics: { check_for_updates: false, reporting_enabled: false },
      auth: { disable_login_form: false },
      "auth.anonymous": { enabled: false },
      users: { allow_sign_up: false },
      // On the volume that is writable in any case: its image is not.
      unified_storage: { index_path: "/var/lib/grafana/search/bleve" },
      ...(database === undefined
        ? {}
        : {
            database: {
              type: "postgres",
              host: pulumi.interpolate`${database.host}:${database.port}`,
              name: database.database,
              ssl_mode: "require",
            },
          }),
    },
    envValueFrom: database === undefined ? {} : databaseLogin(database.secretName),
    datasources: { "datasources.yaml": { apiVersion: 1, datasources: planSources(args.sources) } },
    sidecar: {
      dashboards: {
        enabled: true,
        label: "grafana_dashboard",
        labelValue: DASHBOARD_LABEL.grafana_dashboard,
        // Its own namespace only: a team's ConfigMap must not become a page of the platform.
        searchNamespace: MONITORING_NAMESPACE,
        provider: { allowUiUpdates: false },
      },
      securityContext: CONTAINER_SECURITY,
      resources: resources({ cpu: "20m", memory: "128Mi" }),
    },
    rbac: { namespaced: true },
    extraEmptyDirMounts: [{ name: "tmp", mountPath: "/tmp" }],
    testFramework: { enabled: false },
    initChownData: { enabled: false },
    securityContext: { ...POD_SECURITY, runAsUser: 472, runAsGroup: 472, fsGroup: 472 },
    containerSecurityContext: CONTAINER_SECURITY,
    resources: resources({ cpu: "100m", memory: "512Mi" }),
    nodeSelector: { ...ON_SYSTEM_NODES },
    topologySpreadConstraints: spreadOver({ "app.kubernetes.io/name": "grafana" }),
    serviceMonitor: { enabled: args.monitoring },
  };
}

const databaseLogin = (secret: string) => ({
  GF_DATABASE_USER: { secretKeyRef: { name: secret, key: "username" } },
  GF_DATABASE_PASSWORD: { secretKeyRef: { name: secret, key: "password" } },
});

/** Sources know each other: from a line to its trace, from a span to its lines. */
function planSources({ prometheus, loki, tempo }: Sources) {
  const source = (name: string, type: string, url: string, more: object = {}) => ({
    name,
    uid: type,
    type,
    url,
    access: "proxy",
    editable: false,
    ...more,
  });
  return [
    ...(prometheus
      ? [
          source("Prometheus", "prometheus", PROMETHEUS_URL, {
            isDefault: true,
            jsonData: { httpMethod: "POST", timeInterval: "30s" },
          }),
          source("Alertmanager", "alertmanager", ALERTMANAGER_URL, { jsonData: { implementation: "prometheus" } }),
        ]
      : []),
    ...(loki
      ? [
          source("Loki", "loki", LOKI_URL, {
            jsonData: {
              derivedFields: tempo
                ? [
                    {
                      name: "trace",
                      datasourceUid: "tempo",
                      matcherType: "label",
                      matcherRegex: "trace_id",
                      url: "$${__value.raw}",
                    },
                  ]
                : [],
            },
          }),
        ]
      : []),
    ...(tempo
      ? [
          source("Tempo", "tempo", TEMPO_URL, {
            jsonData: {
              ...(loki
                ? {
                    tracesToLogsV2: {
                      datasourceUid: "loki",
                      customQuery: true,
                      query:
                        '{pipeline_id="$${__span.tags["pipeline_id"]}"} | submission_id="$${__span.tags["submission_id"]}"',
                    },
                  }
                : {}),
              ...(prometheus ? { serviceMap: { datasourceUid: "prometheus" } } : {}),
            },
          }),
        ]
      : []),
  ];
}

/** Grafana with its sources and our dashboards; the first password is in Vault. */
export class Grafana extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: GrafanaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:observability:Grafana", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };

    const admin = new PlatformSecret(
      `${name}-admin`,
      {
        cluster: args.cluster,
        store: args.secrets,
        namespace: MONITORING_NAMESPACE,
        secretName: ADMIN_SECRET,
        data: { username: "admin", password: "generated" },
      },
      { parent: this },
    );
    const login = args.database?.secret(MONITORING_NAMESPACE, { parent: this }, DATABASE_SECRET);
    const database =
      args.database === undefined || login === undefined
        ? undefined
        : { ...args.database, secretName: login.secretName };
    const dashboards = this.dashboards(name, args.dashboards, child);
    const release = chartRelease(
      `${name}-chart`,
      {
        chart: CHARTS.grafana,
        mirror: args.mirror,
        namespace: MONITORING_NAMESPACE,
        values: planGrafanaValues(args, database),
      },
      {
        ...child,
        dependsOn: [...admin.ready, ...(login?.ready ?? []), ...(args.database?.ready ?? []), ...dashboards],
      },
    );
    this.ready = [release];
    this.registerOutputs({ dashboards: args.dashboards.map((dashboard) => dashboard.name) });
  }

  private dashboards(name: string, files: readonly DashboardFile[], child: pulumi.CustomResourceOptions) {
    return files.map(
      (file) =>
        new k8s.core.v1.ConfigMap(
          `${name}-dashboard-${file.name}`,
          {
            metadata: {
              name: `dashboard-${file.name}`,
              namespace: MONITORING_NAMESPACE,
              labels: { ...MANAGED_BY, ...DASHBOARD_LABEL },
            },
            data: { [`${file.name}.json`]: file.json },
          },
          child,
        ),
    );
  }
}
