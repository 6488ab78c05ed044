import type * as pulumi from "@pulumi/pulumi";
import { SubmissionService } from "../../../components/api/index.ts";
import {
  MARQUEZ_URL,
  MONITORING_NAMESPACE,
  NODE_AGENTS_NAMESPACE,
  OTLP_ENDPOINT,
  OTLP_PORTS,
} from "../../../components/observability/constants.ts";
import { type BrokerAccess, KAFKA_PORT, REDPANDA_NAMESPACE } from "../../../components/queue/index.ts";
import { teamNamespace } from "../../../components/team/index.ts";
import { ARGO_NAMESPACE } from "../../../components/workflow/index.ts";
import { isInstalled, type Platform } from "../platform.ts";

/** Where the audit is written, and how a namespace gets in. */
export interface AuditStore {
  readonly address: string;
  readonly namespace: string;
  /** TCP ports that writers use. */
  readonly ports: readonly number[];
  secret(namespace: string): { readonly secretName: string; readonly ready: pulumi.Resource[] };
}

export interface ApiNeeds {
  readonly brokers: BrokerAccess | undefined;
  readonly audit: AuditStore | undefined;
  readonly dependsOn: pulumi.Resource[];
}

export interface ApiRoom {
  readonly ready: pulumi.Resource[];
}

/** The way in: the submission service, and what scales its dispatcher. */
export function apiRoom(platform: Platform, { brokers, audit, dependsOn }: ApiNeeds): ApiRoom {
  const { cluster, config } = platform;
  const { image } = config.submission;
  // The configuration was refused already where it asks for the service and leaves out what it needs.
  if (!isInstalled(platform, "submission-api") || image === undefined) return { ready: [] };
  if (brokers === undefined || audit === undefined) return { ready: [] };

  const brokerSecret = brokers.secret("dispatcher", ARGO_NAMESPACE);
  const auditSecret = audit.secret(ARGO_NAMESPACE);
  const service = new SubmissionService(
    "submission",
    {
      cluster,
      namespace: ARGO_NAMESPACE,
      image,
      availability: config.availability,
      brokers: { address: brokers.bootstrap, secretName: brokerSecret.secretName, authority: true },
      audit: { address: audit.address, secretName: auditSecret.secretName },
      traces: isInstalled(platform, "open-telemetry") ? OTLP_ENDPOINT : undefined,
      lineage: isInstalled(platform, "marquez") ? MARQUEZ_URL : undefined,
      teamNamespaces: Object.keys(config.teams).map(teamNamespace),
      reach: {
        callers: [...config.submission.callers, ...Object.keys(config.teams).map(teamNamespace)],
        servers: servers(platform, audit),
        monitoredFrom: isInstalled(platform, "prometheus") ? MONITORING_NAMESPACE : undefined,
      },
    },
    { dependsOn: [...dependsOn, ...brokerSecret.ready, ...auditSecret.ready] },
  );
  return { ready: service.ready };
}

function servers(platform: Platform, audit: AuditStore) {
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
