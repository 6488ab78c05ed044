import { describe, expect, test } from "vitest";
import {
  planRedpandaValues,
  planScaledObject,
  planTopics,
  planTriggerAuthentication,
  planUser,
  USER_ACLS,
} from "../../../components/queue/index.ts";

describe("the jobs' topics", () => {
  test("lose no job with one broker of three, and fit on a single one", () => {
    const [jobs, dead] = Object.values(planTopics(3));
    expect(jobs).toMatchObject({ replicationFactor: 3, additionalConfig: { "min.insync.replicas": "2" } });
    expect(dead).toMatchObject({ replicationFactor: 3, partitions: 1 });
    const [alone] = Object.values(planTopics(1));
    expect(alone?.replicationFactor).toBe(1);
    expect(alone?.additionalConfig).not.toHaveProperty("min.insync.replicas");
  });

  test("keep jobs for the configured hours, written as Kafka counts them", () => {
    const topics = planTopics(3, { partitions: 24, retentionHours: 48, deadLetterRetentionHours: 100 });
    expect(topics["orch.jobs"]).toMatchObject({ partitions: 24, additionalConfig: { "retention.ms": "172800000" } });
    expect(topics["orch.jobs.dlq"].additionalConfig["retention.ms"]).toBe("360000000");
  });
});

describe("users of the brokers", () => {
  const operations = (user: keyof typeof USER_ACLS) =>
    USER_ACLS[user].map((acl) => `${acl.resource.type} ${acl.resource.name}: ${acl.operations.join(" ")}`);

  test("have the rights of their work and no others", () => {
    expect(operations("dispatcher")).toEqual([
      "topic orch.jobs: Read Describe",
      "topic orch.jobs.dlq: Read Write Describe",
      "group orch-dispatcher: Read Describe",
    ]);
    // It looks at numbers; a job's content is none of its business.
    expect(operations("keda")).toEqual(["topic orch.jobs: Describe", "group orch-dispatcher: Describe"]);
    expect(operations("materialize").join()).not.toContain("Write");
  });

  test("never delete, alter or create anything", () => {
    const all = Object.values(USER_ACLS).flatMap((acls) => acls.flatMap((acl) => acl.operations));
    expect(all.filter((operation) => /Delete|Alter|Create|All/.test(operation))).toEqual([]);
  });

  test("have a password that a Secret holds", () => {
    expect(planUser("keda", 3).authentication.password).toEqual({
      noGenerate: true,
      valueFrom: { secretKeyRef: { name: "redpanda-keda", key: "password" } },
    });
  });
});

describe("brokers", () => {
  const high = planRedpandaValues({ availability: "high", monitoring: true });

  test("are three, one per zone, or a single cheap one", () => {
    expect(high.statefulset.replicas).toBe(3);
    expect(high.rackAwareness).toEqual({ enabled: true, nodeAnnotation: "topology.kubernetes.io/zone" });
    expect(planRedpandaValues({ availability: "single", monitoring: false }).statefulset.replicas).toBe(1);
  });

  test("let nobody in without TLS and a password, and have no way in from outside", () => {
    expect(high.tls.enabled).toBe(true);
    expect(high.auth.sasl.enabled).toBe(true);
    expect(high.listeners.kafka.authenticationMethod).toBe("sasl");
    expect(high.external.enabled).toBe(false);
    // A password in the values would stand in the release's history.
    expect(high.auth.sasl.users).toEqual([]);
  });

  test("move old segments to S3 by a role, with a licence from a Secret, only where that is asked for", () => {
    expect(high.storage).not.toHaveProperty("tiered");
    expect(high).not.toHaveProperty("enterprise");
    const tiered = planRedpandaValues({
      availability: "high",
      monitoring: true,
      tieredStorage: { bucket: "b", region: "us-east-1", roleArn: "arn:aws:iam::1:role/r" },
    });
    expect(tiered.storage.tiered?.config).toMatchObject({
      cloud_storage_enabled: true,
      cloud_storage_credentials_source: "sts",
    });
    expect(tiered.enterprise).toEqual({ licenseSecretRef: { name: "redpanda-license", key: "license" } });
  });
});

describe("the dispatcher's scaling", () => {
  const scaled = planScaledObject("dispatcher", "dispatcher", {
    bootstrap: "b:9093",
    lagThreshold: 500,
    min: 2,
    max: 8,
  });

  test("follows the lag of the dispatcher's own group on the jobs' topic, looked at every 5 s", () => {
    expect(scaled.scaleTargetRef).toMatchObject({ kind: "Deployment", name: "dispatcher" });
    expect(scaled.pollingInterval).toBe(5);
    expect(scaled.triggers[0]?.metadata).toMatchObject({
      consumerGroup: "orch-dispatcher",
      topic: "orch.jobs",
      lagThreshold: "500",
    });
  });

  test("starts another one above a lag of 1000 when nothing is said", () => {
    const [trigger] = planScaledObject("dispatcher", "a", { bootstrap: "b:9093" }).triggers;
    expect(trigger?.metadata.lagThreshold).toBe("1000");
  });

  test("does not shrink while the brokers cannot be asked", () => {
    expect(scaled.fallback).toEqual({ failureThreshold: 3, replicas: 2, behavior: "currentReplicasIfHigher" });
  });

  test("logs in with TLS and SCRAM from one Secret", () => {
    const parameters = planTriggerAuthentication("redpanda-keda").secretTargetRef;
    expect(parameters.map(({ parameter }) => parameter)).toEqual(["sasl", "username", "password", "tls", "ca"]);
    expect(new Set(parameters.map(({ name }) => name))).toEqual(new Set(["redpanda-keda"]));
  });
});
