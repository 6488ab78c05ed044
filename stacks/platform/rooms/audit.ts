import type * as pulumi from "@pulumi/pulumi";
import { AUDIT_NAMESPACE, AUDIT_PORT, type AuditAccess, AuditStore } from "../../../components/audit/index.ts";
import { MONITORING_NAMESPACE } from "../../../components/observability/constants.ts";
import type { SecretStoreAccess } from "../../../components/security/index.ts";
import { ARGO_NAMESPACE } from "../../../components/workflow/constants.ts";
import { isInstalled, type Platform, systemNamespace } from "../platform.ts";

export interface AuditNeeds {
  /** Where passwords are kept; undefined: nothing here can be installed. */
  readonly secrets: SecretStoreAccess | undefined;
  readonly dependsOn: pulumi.Resource[];
}

/** Ports of the operator's two exporters. */
const METRICS = [8888, 9999];

/** What happened to every submission, for good; undefined where ClickHouse is not installed. */
export function auditRoom(platform: Platform, { secrets, dependsOn }: AuditNeeds): AuditAccess | undefined {
  if (!isInstalled(platform, "clickhouse") || secrets === undefined) return undefined;
  const { cluster, config } = platform;
  const monitoring = isInstalled(platform, "prometheus");
  const namespace = systemNamespace(
    platform,
    AUDIT_NAMESPACE,
    {
      fromNamespaces: [
        { namespace: ARGO_NAMESPACE, ports: [AUDIT_PORT] },
        ...(monitoring ? [{ namespace: MONITORING_NAMESPACE, ports: METRICS }] : []),
      ],
    },
    { dependsOn },
  );
  return new AuditStore(
    "audit-store",
    {
      cluster,
      secrets,
      availability: config.availability,
      monitoring,
      mirror: config.chartMirror,
      storageGib: config.audit.storageGib,
      protect: config.protect,
    },
    { dependsOn: [namespace, ...dependsOn] },
  ).access;
}
