import type * as pulumi from "@pulumi/pulumi";
import { ROLE_NAMES, SubmissionService } from "../../../components/api/index.ts";
import type { AuditAccess } from "../../../components/audit/index.ts";
import type { Bucket } from "../../../components/cluster/index.ts";
import {
  MARQUEZ_URL,
  MONITORING_NAMESPACE,
  NODE_AGENTS_NAMESPACE,
  OTLP_ENDPOINT,
  OTLP_PORTS,
} from "../../../components/observability/constants.ts";
import { type BrokerAccess, KAFKA_PORT, LagScaler, REDPANDA_NAMESPACE } from "../../../components/queue/index.ts";
import { replicas } from "../../../components/system/index.ts";
import { ARGO_NAMESPACE } from "../../../components/workflow/index.ts";
import { isInstalled, type Platform } from "../platform.ts";

export interface ApiNeeds {
  readonly brokers: BrokerAccess | undefined;
  readonly audit: AuditAccess | undefined;
  /** Where runs keep what their nodes wrote, where it is the stack's own. */
  readonly artifacts: Bucket | undefined;
  readonly dependsOn: pulumi.Resource[];
}

export interface ApiRoom {
  readonly ready: pulumi.Resource[];
}

/** The way in: the submission service, and what scales its dispatcher. */
export function apiRoom(platform: Platform, { brokers, audit, artifacts, dependsOn }: ApiNeeds): ApiRoom {
  const { cluster, config } = platform;
  const { image } = config.submission;
  // The configuration was refused already where it asks for the service and leaves out what it needs.
  if (!isInstalled(platform, "submission-api") || image === undefined) return { ready: [] };
  if (brokers === undefined || audit === undefined) return { ready: [] };

  const users = {
    api: brokers.secret("api", ARGO_NAMESPACE, { dependsOn }),
    dispatcher: brokers.secret("dispatcher", ARGO_NAMESPACE, { dependsOn }),
    scaler: brokers.secret("keda", ARGO_NAMESPACE, { dependsOn }),
  };
  const login = (user: keyof typeof users) => ({
    address: brokers.bootstrap,
    secretName: users[user].secretName,
    authority: true,
  });
  const auditSecret = audit.secret(ARGO_NAMESPACE, { dependsOn });
  const service = new SubmissionService(
    "submission",
    {
      cluster,
      namespace: ARGO_NAMESPACE,
      image,
      availability: config.availability,
      brokers: { api: login("api"), dispatcher: login("dispatcher") },
      audit: { address: audit.address, secretName: auditSecret.secretName, authority: true },
      traces: isInstalled(platform, "open-telemetry") ? OTLP_ENDPOINT : undefined,
      lineage: isInstalled(platform, "marquez") ? MARQUEZ_URL : undefined,
      artifacts,
      reach: {
        callers: config.submission.callers,
        servers: servers(platform, audit),
        monitoredFrom: isInstalled(platform, "prometheus") ? MONITORING_NAMESPACE : undefined,
      },
    },
    {
      dependsOn: [
        ...dependsOn,
        ...brokers.ready,
        ...users.api.ready,
        ...users.dispatcher.ready,
        ...audit.ready,
        ...auditSecret.ready,
      ],
    },
  );
  const scaler = new LagScaler(
    "dispatcher-lag",
    {
      cluster,
      namespace: ARGO_NAMESPACE,
      deployment: ROLE_NAMES.dispatcher,
      bootstrap: brokers.bootstrap,
      secretName: users.scaler.secretName,
      min: replicas(config.availability),
      max: config.submission.maxDispatchers,
    },
    { dependsOn: [...service.ready, ...users.scaler.ready] },
  );
  return { ready: [...service.ready, ...scaler.ready] };
}

function servers(platform: Platform, audit: AuditAccess) {
  return {
    brokers: { namespace: REDPANDA_NAMESPACE, ports: [KAFKA_PORT] },
    audit: { namespace: audit.namespace, ports: audit.ports },
    ...(isInstalled(platform, "open-telemetry")
      ? { traces: { namespace: NODE_AGENTS_NAMESPACE, ports: OTLP_PORTS } }
      : {}),
    ...(isInstalled(platform, "marquez")
      ? { lineage: { namespace: MONITORING_NAMESPACE, ports: [Number(new URL(MARQUEZ_URL).port || 80)] } }
      : {}),
  };
}
