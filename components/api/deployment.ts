import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { DEAD_LETTER_TOPIC, DISPATCHER_GROUP, JOBS_TOPIC } from "../queue/index.ts";
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
import { PROFILE_CONFIG_MAP, PROFILE_KEY } from "../workflow/index.ts";
import { ROLE_NAMES, SERVICE_PORTS, type ServiceRole, WATCH_LEASE } from "./constants.ts";

/** A server that the service logs in to. */
export interface ServiceLogin {
  /** Address in the server's own form: brokers `host:port,...`, audit store `https://host:port`. */
  readonly address: pulumi.Input<string>;
  /** Secret in the service's namespace with the keys `username`, `password` and, where `authority`, `ca`. */
  readonly secretName: string;
  /** Whether the secret's `ca` (PEM) is what the server's certificate is checked against. Default: the image's own authorities. */
  readonly authority?: boolean;
}

export interface ServiceProcess {
  readonly namespace: string;
  /** Image by digest. */
  readonly image: string;
  readonly availability: Availability;
  readonly brokers: ServiceLogin;
  readonly audit: ServiceLogin;
  /** Where traces go (OTLP over HTTP). Default: nowhere. */
  readonly traces?: string | undefined;
  /** Where lineage goes (OpenLineage over HTTP). Default: nowhere. */
  readonly lineage?: string | undefined;
  /** Whether lineage has the versions that nodes wrote down, read from the artifact bucket. Default: false. */
  readonly results?: boolean | undefined;
}

export const roleLabels = (role: ServiceRole) => ({ "app.kubernetes.io/name": ROLE_NAMES[role] });

/** The Deployment of one role. How many dispatchers there are is the autoscaler's to say. */
export function planDeployment(role: ServiceRole, args: ServiceProcess): k8s.types.input.apps.v1.DeploymentSpec {
  const labels = roleLabels(role);
  return {
    ...(role === "api" ? { replicas: replicas(args.availability) } : {}),
    selector: { matchLabels: labels },
    // One more before one less: a submission always finds somebody.
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    template: {
      metadata: { labels: { ...MANAGED_BY, ...labels } },
      spec: {
        serviceAccountName: ROLE_NAMES[role],
        securityContext: { ...POD_SECURITY, runAsUser: SERVICE_USER, runAsGroup: SERVICE_USER, fsGroup: SERVICE_USER },
        nodeSelector: { ...ON_SYSTEM_NODES },
        topologySpreadConstraints: spreadOver(labels),
        // Long enough to finish what is in hand: a request, a batch of messages.
        terminationGracePeriodSeconds: 60,
        containers: [planContainer(role, args)],
        volumes: planVolumes(args),
      },
    },
  };
}

const SERVICE_USER = 10_001;

function planContainer(role: ServiceRole, args: ServiceProcess): k8s.types.input.core.v1.Container {
  const probe = (path: string) => ({ httpGet: { path, port: "http" } });
  return {
    name: role,
    image: args.image,
    imagePullPolicy: "IfNotPresent",
    args: ["serve", "--role", role],
    env: planEnvironment(role, args),
    ports: Object.entries(SERVICE_PORTS)
      .filter(([name]) => role === "api" || name === "http")
      .map(([name, containerPort]) => ({ name, containerPort })),
    startupProbe: { ...probe("/healthz"), periodSeconds: 2, failureThreshold: 30 },
    livenessProbe: { ...probe("/healthz"), periodSeconds: 10, failureThreshold: 3 },
    readinessProbe: { ...probe("/readyz"), periodSeconds: 5, failureThreshold: 2 },
    resources: resources({ cpu: args.availability === "high" ? "500m" : "100m", memory: "512Mi" }),
    securityContext: { ...CONTAINER_SECURITY, capabilities: { drop: ["ALL"] } },
    volumeMounts: [
      { name: "profile", mountPath: "/etc/orch/profile", readOnly: true },
      { name: "authorities", mountPath: AUTHORITIES, readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}

const AUTHORITIES = "/etc/orch/authorities";

function planEnvironment(role: ServiceRole, args: ServiceProcess): k8s.types.input.core.v1.EnvVar[] {
  const given = {
    ORCH_PROFILE: `/etc/orch/profile/${PROFILE_KEY}`,
    ORCH_JOBS_TOPIC: JOBS_TOPIC,
    ORCH_DEAD_LETTER_TOPIC: DEAD_LETTER_TOPIC,
    ORCH_CONSUMER_GROUP: DISPATCHER_GROUP,
    ...(args.traces === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: args.traces }),
    ...(args.lineage === undefined ? {} : { OPENLINEAGE_URL: args.lineage }),
    ...(args.results === true ? { ORCH_RESULTS: "s3" } : {}),
    ...(role === "dispatcher" ? { ORCH_WATCH_LEASE: `${args.namespace}/${WATCH_LEASE}` } : {}),
  };
  return [
    ...Object.entries(given).map(([name, value]) => ({ name, value })),
    ...login("ORCH_BROKERS", "brokers", args.brokers),
    ...login("ORCH_AUDIT", "audit", args.audit),
  ];
}

function login(prefix: string, server: Server, { address, secretName, authority }: ServiceLogin) {
  const secret = (key: string) => ({ valueFrom: { secretKeyRef: { name: secretName, key } } });
  return [
    { name: `${prefix}_ADDRESS`, value: address },
    { name: `${prefix}_USERNAME`, ...secret("username") },
    { name: `${prefix}_PASSWORD`, ...secret("password") },
    ...(authority === true ? [{ name: `${prefix}_CA`, value: `${AUTHORITIES}/${server}.crt` }] : []),
  ];
}

type Server = "brokers" | "audit";

function planVolumes({ brokers, audit }: ServiceProcess): k8s.types.input.core.v1.Volume[] {
  const logins: [Server, ServiceLogin][] = [
    ["brokers", brokers],
    ["audit", audit],
  ];
  const sources = logins
    .filter(([, { authority }]) => authority === true)
    .map(([server, { secretName }]) => ({
      secret: { name: secretName, items: [{ key: "ca", path: `${server}.crt` }] },
    }));
  return [
    { name: "profile", configMap: { name: PROFILE_CONFIG_MAP } },
    { name: "authorities", projected: { sources } },
    { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
  ];
}
