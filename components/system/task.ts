import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { CONTAINER_SECURITY, type ContainerSize, ON_SYSTEM_NODES, POD_SECURITY, resources } from "./baseline.ts";

export interface TaskArgs {
  /** It must exist: depend on it. */
  readonly namespace: string;
  /** Name of the Job. A change of what it does replaces it, so that it runs again. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  /** User id of the image that is not root. */
  readonly user: number;
  readonly command: readonly string[];
  /** Files it reads below `/task`. */
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Variable -> key of a Secret. */
  readonly secretEnv?: Readonly<Record<string, { readonly secret: string; readonly key: string }>>;
  /** Secrets mounted as folders: path -> name of the Secret. */
  readonly secretFolders?: Readonly<Record<string, string>>;
  /** Default: 50m and 128 MiB. */
  readonly size?: ContainerSize;
}

const FILES = "/task";

/** The pod of a task: confined like any other, on the platform's own nodes, without a token. */
export function planTaskPod(args: Omit<TaskArgs, "namespace" | "labels" | "files">): k8s.types.input.core.v1.PodSpec {
  const folders = Object.entries(args.secretFolders ?? {});
  return {
    restartPolicy: "OnFailure",
    automountServiceAccountToken: false,
    securityContext: { ...POD_SECURITY, runAsUser: args.user, runAsGroup: args.user, fsGroup: args.user },
    nodeSelector: { ...ON_SYSTEM_NODES },
    containers: [
      {
        name: "task",
        image: args.image,
        command: [...args.command],
        env: [
          ...Object.entries(args.env ?? {}).map(([name, value]) => ({ name, value })),
          ...Object.entries(args.secretEnv ?? {}).map(([name, { secret, key }]) => ({
            name,
            valueFrom: { secretKeyRef: { name: secret, key } },
          })),
        ],
        securityContext: { ...CONTAINER_SECURITY, capabilities: { drop: ["ALL"] } },
        resources: resources(args.size ?? { cpu: "50m", memory: "128Mi" }),
        volumeMounts: [
          { name: "files", mountPath: FILES, readOnly: true },
          { name: "tmp", mountPath: "/tmp" },
          ...folders.map(([mountPath, secret]) => ({ name: secret, mountPath, readOnly: true })),
        ],
      },
    ],
    volumes: [
      { name: "files", configMap: { name: args.name } },
      { name: "tmp", emptyDir: {} },
      ...folders.map(([, secret]) => ({ name: secret, secret: { secretName: secret, defaultMode: 0o440 } })),
    ],
  };
}

/** Something that is done once, and again when it changes: a Job and the files it reads. Done when the Job has succeeded. */
export function task(name: string, args: TaskArgs, opts: pulumi.CustomResourceOptions): k8s.batch.v1.Job {
  const metadata = { name: args.name, namespace: args.namespace, labels: { ...args.labels } };
  const files = new k8s.core.v1.ConfigMap(`${name}-files`, { metadata, data: { ...args.files } }, opts);
  return new k8s.batch.v1.Job(
    name,
    {
      metadata,
      spec: {
        backoffLimit: 6,
        activeDeadlineSeconds: 900,
        template: {
          // A Job cannot be changed; with the files' digest in it, a change of theirs makes a new one.
          metadata: { labels: { ...args.labels }, annotations: { "orch.dev/files": digest(args.files) } },
          spec: planTaskPod(args),
        },
      },
    },
    { ...opts, dependsOn: [...list(opts.dependsOn), files], deleteBeforeReplace: true, replaceOnChanges: ["spec"] },
  );
}

const list = (dependsOn: pulumi.CustomResourceOptions["dependsOn"]): pulumi.Resource[] =>
  Array.isArray(dependsOn) ? (dependsOn as pulumi.Resource[]) : [];

const digest = (files: Readonly<Record<string, string>>): string =>
  createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 16);
