/**
 * The part of Argo's and Kubernetes' types that the compiler writes. Keys are written in a fixed order, so that one input has one
 * serialisation.
 */

import type { ArgoTag } from "./argo-tag.ts";

export type Labels = Record<string, string>;

export interface Workflow {
  readonly apiVersion: "argoproj.io/v1alpha1";
  readonly kind: "Workflow";
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Labels;
    readonly annotations: Labels;
  };
  readonly spec: WorkflowSpec;
}

export interface WorkflowSpec {
  readonly entrypoint: string;
  readonly serviceAccountName: string;
  readonly archiveLogs: boolean;
  readonly podGC: { readonly strategy: string; readonly deleteDelayDuration: string };
  readonly ttlStrategy: { readonly secondsAfterCompletion: number };
  readonly podMetadata: { readonly labels: Labels };
  readonly securityContext: PodSecurityContext;
  readonly volumes: readonly Volume[];
  readonly templates: readonly Template[];
}

export interface Parameter {
  readonly name: string;
  readonly value?: string;
}

export interface Task {
  readonly name: string;
  readonly template: string;
  readonly depends?: string;
  readonly arguments?: { readonly parameters: readonly Parameter[] };
}

export interface RetryStrategy {
  readonly limit: number;
  readonly retryPolicy: "Always";
  readonly expression?: string;
  readonly backoff?: { readonly duration: string; readonly factor: number; readonly cap: string };
  readonly affinity?: { readonly nodeAntiAffinity: Record<string, never> };
}

export interface Template {
  readonly name: string;
  readonly inputs?: { readonly parameters: readonly Parameter[] };
  readonly outputs?: { readonly artifacts: readonly OutputArtifact[] };
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels };
  readonly retryStrategy?: RetryStrategy;
  readonly activeDeadlineSeconds?: number;
  readonly affinity?: Affinity;
  readonly tolerations?: readonly Toleration[];
  readonly priorityClassName?: string;
  readonly podSpecPatch?: string;
  readonly container?: Container;
  readonly resource?: ResourceTemplate;
  readonly dag?: { readonly failFast: false; readonly tasks: readonly Task[] };
}

export interface OutputArtifact {
  readonly name: string;
  readonly path: string;
  readonly optional: true;
  readonly archive: { readonly none: Record<string, never> };
  readonly s3: {
    readonly endpoint: string;
    readonly bucket: string;
    readonly region: string;
    readonly useSDKCreds: true;
    readonly key: string;
  };
}

export interface ResourceTemplate {
  /** `create` or `get`, or the tag that decides between them. */
  readonly action: string;
  readonly manifest: string;
  readonly successCondition: string;
  readonly failureCondition: string;
}

export interface Container {
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly EnvVar[];
  readonly envFrom?: readonly EnvFrom[];
  readonly resources: ResourceRequirements;
  readonly securityContext: ContainerSecurityContext;
  readonly volumeMounts: readonly VolumeMount[];
}

export interface EnvVar {
  readonly name: string;
  readonly value: string;
}

export interface EnvFrom {
  readonly secretRef: { readonly name: string };
}

export interface ResourceRequirements {
  readonly requests: Record<string, string>;
  readonly limits: Record<string, string>;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
}

export interface Volume {
  readonly name: string;
  readonly emptyDir: { readonly sizeLimit: string };
}

export interface ContainerSecurityContext {
  readonly allowPrivilegeEscalation: false;
  readonly capabilities: { readonly drop: readonly ["ALL"] };
  readonly privileged: false;
  readonly readOnlyRootFilesystem: boolean;
  readonly runAsNonRoot: true;
  readonly seccompProfile: { readonly type: "RuntimeDefault" };
}

export interface PodSecurityContext {
  readonly runAsNonRoot: true;
  readonly runAsUser: number;
  readonly runAsGroup: number;
  readonly fsGroup: number;
  readonly seccompProfile: { readonly type: "RuntimeDefault" };
  readonly appArmorProfile: { readonly type: "RuntimeDefault" };
}

export interface Requirement {
  readonly key: string;
  readonly operator: "In";
  /** A tag only where a custom resource's pods say it. */
  readonly values: readonly (string | ArgoTag)[];
}

export interface Affinity {
  readonly nodeAffinity: {
    readonly requiredDuringSchedulingIgnoredDuringExecution: {
      readonly nodeSelectorTerms: readonly [{ readonly matchExpressions: readonly Requirement[] }];
    };
    readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
      readonly weight: number;
      readonly preference: { readonly matchExpressions: readonly Requirement[] };
    }[];
  };
}

export interface TopologySpreadConstraint {
  /** By how many pods two places may differ. */
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: "ScheduleAnyway";
  readonly labelSelector: { readonly matchLabels: Labels };
}

export interface Toleration {
  readonly key: string;
  readonly operator: "Equal" | "Exists";
  readonly value?: string;
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}
