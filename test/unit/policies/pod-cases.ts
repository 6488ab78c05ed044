import { type Cases, unknown, wrong } from "./platform-case.ts";
import * as right from "./platform-fixture.ts";
import { change, resource } from "./platform-fixture.ts";

const POD = "spec.template.spec";
const CONTAINER = `${POD}.containers.0`;
const PODS = ["spec", POD, `${POD}.containers`, CONTAINER];
const HEAD = "spec.headGroupSpec.template.spec";
const WORKER = "spec.workerGroupSpecs.0.template.spec";

/** What a pod may be, whoever makes it. */
export const POD_CASES: Readonly<Record<string, Cases>> = {
  "chart-values-stay-confined": {
    wrong: [
      wrong(
        "a privileged container",
        change(right.chart, "values.securityContext.privileged", true),
        "has the value securityContext.privileged: true",
      ),
      wrong("root", change(right.chart, "values.securityContext.runAsUser", 0), "(only its values are seen here;"),
      wrong(
        "the node's network, deep inside",
        change(right.chart, "values.a", [{ hostNetwork: true }]),
        "a.0.hostNetwork",
      ),
      wrong("a tag that moves", change(right.chart, "values.image.tag", "latest"), "image.tag: latest"),
    ],
    unknown: unknown(right.chart, "values", "values.securityContext.runAsNonRoot"),
  },
  "containers-do-not-write-their-image": {
    wrong: [
      wrong(
        "a writable root",
        change(right.deployment, `${CONTAINER}.securityContext.readOnlyRootFilesystem`, false),
        "Deployment orchestr/api has container api, which can write",
      ),
      wrong(
        "one that says nothing",
        change(right.rayCluster, `${WORKER}.containers.0.securityContext`, {}),
        "can write",
      ),
    ],
    unknown: unknown(right.deployment, ...PODS),
  },
  "containers-have-no-privileges": {
    wrong: [
      wrong("privileged", change(right.deployment, `${CONTAINER}.securityContext.privileged`, true), "is privileged"),
      wrong(
        "one that may gain them",
        change(right.deployment, `${CONTAINER}.securityContext.allowPrivilegeEscalation`, undefined),
        "may gain privileges",
      ),
      wrong(
        "capabilities kept",
        change(right.clickhouse, "spec.templates.podTemplates.0.spec.containers.0.securityContext.capabilities", {
          drop: ["NET_RAW"],
        }),
        "keeps capabilities",
      ),
      wrong(
        "capabilities added",
        change(right.deployment, `${CONTAINER}.securityContext.capabilities.add`, ["SYS_ADMIN"]),
        "adds the capabilities SYS_ADMIN",
      ),
    ],
    unknown: unknown(right.deployment, ...PODS, `${CONTAINER}.securityContext.privileged`),
  },
  "containers-run-as-non-root": {
    wrong: [
      wrong(
        "a pod that says nothing",
        change(right.deployment, `${POD}.securityContext.runAsNonRoot`, undefined),
        "may run as root",
      ),
      wrong(
        "a container that says no",
        change(right.deployment, `${CONTAINER}.securityContext.runAsNonRoot`, false),
        "may run as root",
      ),
      wrong("user 0", change(right.rayCluster, `${HEAD}.securityContext.runAsUser`, 0), "runs as user 0"),
      wrong(
        "an init container",
        change(right.deployment, `${POD}.initContainers`, [{ name: "init", securityContext: { runAsNonRoot: false } }]),
        "has container init",
      ),
    ],
    unknown: unknown(right.deployment, ...PODS, `${POD}.securityContext.runAsNonRoot`),
  },
  "containers-state-resources": {
    wrong: [
      wrong(
        "no limit of memory",
        change(right.deployment, `${CONTAINER}.resources.limits`, undefined),
        "does not state limits.memory",
      ),
      wrong(
        "nothing at all",
        change(right.deployment, `${CONTAINER}.resources`, {}),
        "does not state requests.cpu, requests.memory, limits.memory",
      ),
    ],
    unknown: unknown(right.deployment, ...PODS, `${CONTAINER}.resources`),
  },
  "images-are-pinned": {
    wrong: [
      wrong(
        "a tag",
        change(right.deployment, `${CONTAINER}.image`, "ghcr.io/archetype/api:1.2"),
        "runs image ghcr.io/archetype/api:1.2 by its tag",
      ),
      wrong(
        "latest",
        change(right.deployment, `${CONTAINER}.image`, "registry.k8s.io/pause:latest"),
        "whatever was pushed last",
      ),
      wrong(
        "no tag behind a port",
        change(right.deployment, `${CONTAINER}.image`, "registry:5000/pause"),
        "whatever was pushed last",
      ),
      wrong(
        "half a digest",
        change(right.deployment, `${CONTAINER}.image`, "ghcr.io/archetype/api@sha256:12"),
        "whatever was pushed last",
      ),
      wrong(
        "an operator's image",
        resource("kubernetes:postgresql.cnpg.io/v1:Cluster", "pg", {
          metadata: { name: "pg" },
          spec: { imageName: "postgres:18" },
        }),
        "Cluster pg runs image postgres:18",
      ),
    ],
    unknown: unknown(right.deployment, `${CONTAINER}.image`, ...PODS),
  },
  "images-come-from-allowed-registries": {
    wrong: [
      wrong(
        "another registry",
        change(right.deployment, `${CONTAINER}.image`, `evil.example/api@sha256:${"b".repeat(64)}`),
        "comes from none of ghcr.io/archetype/",
      ),
      wrong(
        "a name that merely begins like it",
        change(right.rayCluster, `${WORKER}.containers.0.image`, `ghcr.io/archetypes/api@sha256:${"b".repeat(64)}`),
        "comes from none of",
      ),
    ],
    unknown: unknown(right.deployment, `${CONTAINER}.image`),
  },
  "pods-stay-off-the-host": {
    wrong: [
      wrong(
        "the node's network",
        change(right.deployment, `${POD}.hostNetwork`, true),
        "shares the network of its node",
      ),
      wrong(
        "the node's processes",
        change(right.rayCluster, `${HEAD}.hostPID`, true),
        "shares the processes of its node",
      ),
      wrong(
        "the node's files",
        change(right.deployment, `${POD}.volumes`, [{ name: "run", hostPath: { path: "/run" } }]),
        "mounts /run of its node (volume run)",
      ),
      wrong(
        "a port of the node",
        change(right.deployment, `${CONTAINER}.ports`, [{ hostPort: 80 }]),
        "takes port 80 of its node",
      ),
    ],
    unknown: unknown(right.deployment, ...PODS, `${POD}.hostNetwork`, `${POD}.volumes`),
  },
  "pods-use-seccomp": {
    wrong: [
      wrong(
        "no profile",
        change(right.deployment, `${POD}.securityContext.seccompProfile`, undefined),
        "has container api, which runs under no seccomp profile",
      ),
      wrong(
        "Unconfined",
        change(
          right.clickhouse,
          "spec.templates.podTemplates.0.spec.securityContext.seccompProfile.type",
          "Unconfined",
        ),
        "runs under no seccomp profile",
      ),
    ],
    unknown: unknown(right.deployment, ...PODS, `${POD}.securityContext`),
  },
};
