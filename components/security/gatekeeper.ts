import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { GATES } from "../../submission/spec/release/index.ts";
import {
  type Availability,
  CHARTS,
  CONTAINER_SECURITY,
  chartRelease,
  ON_SYSTEM_NODES,
  replicas,
  resources,
  type SystemArgs,
  spreadOver,
} from "../system/index.ts";
import { GATEKEEPER_NAMESPACE, MANAGED_BY, NAMESPACE_NAME_LABEL, NEVER_CHECKED, TEAM_LABEL } from "./constants.ts";
import { planGateConstraints, planGateTemplate } from "./release-constraints.ts";
import { constraintKind, type ReleaseGate, regoName } from "./release-gates.ts";
import { RULES, type Rule, rego } from "./rules.ts";

/** What happens to a pod that breaks a rule: refused, let in with a warning, or let in and reported. */
export const ENFORCEMENTS = ["deny", "warn", "dryrun"] as const;
export type Enforcement = (typeof ENFORCEMENTS)[number];

/** Ports on which the API server calls its webhook. */
export const GATEKEEPER_WEBHOOK_PORTS: readonly number[] = [8443];

export interface PolicyArgs {
  readonly enforcement: Enforcement;
  /** Namespaces that no rule is enforced in, besides the cluster's own. */
  readonly exemptNamespaces: readonly string[];
  /** Prefixes of images that teams may run; empty: any. */
  readonly allowedRegistries: readonly string[];
}

export function planGatekeeperValues({
  availability,
  enforcement,
}: { availability: Availability } & Pick<PolicyArgs, "enforcement">) {
  const failClosed = enforcement === "deny" && availability === "high";
  const part = {
    nodeSelector: { "kubernetes.io/os": "linux", ...ON_SYSTEM_NODES },
    resources: resources({ cpu: "100m", memory: "512Mi" }),
    securityContext: { ...CONTAINER_SECURITY, runAsUser: 1000, runAsGroup: 999 },
  };
  const hook = {
    nodeSelector: { "kubernetes.io/os": "linux", ...ON_SYSTEM_NODES },
    securityContext: { ...CONTAINER_SECURITY, runAsUser: 1000, runAsGroup: 999 },
  };
  const small = resources({ cpu: "50m", memory: "128Mi" });
  return {
    replicas: replicas(availability, 3),
    // With one replica a restart of it must not stop every pod from starting.
    validatingWebhookFailurePolicy: failClosed ? "Fail" : "Ignore",
    validatingWebhookExemptNamespacesLabels: { [NAMESPACE_NAME_LABEL]: [...NEVER_CHECKED] },
    // Nothing is changed on the way in: what is written is what runs.
    disableMutation: true,
    enableExternalData: false,
    logDenies: true,
    auditMatchKindOnly: true,
    // The security contexts say it already; the chart would write the key twice.
    enableRuntimeDefaultSeccompProfile: false,
    controllerManager: {
      ...part,
      topologySpreadConstraints: spreadOver({ "gatekeeper.sh/operation": "webhook" }),
      exemptNamespaces: [GATEKEEPER_NAMESPACE],
    },
    // One pod, always.
    audit: part,
    pdb: { controllerManager: { minAvailable: 1 } },
    crds: { ...hook, resources: small },
    // The namespace carries its labels already.
    postInstall: { ...hook, labelNamespace: { enabled: false }, probeWebhook: { enabled: false } },
    postUpgrade: { ...hook, resources: small, labelNamespace: { enabled: false } },
    // Or a webhook without a server would outlive an uninstall and stop every pod.
    preUninstall: { ...hook, resources: small, deleteWebhookConfigurations: { enabled: true } },
  };
}

/** Spec of a rule's ConstraintTemplate: its Rego, and what parameters it takes. */
export const planConstraintTemplate = ({ rule, kind }: Rule) => ({
  crd: {
    spec: {
      names: { kind },
      validation: {
        openAPIV3Schema: {
          type: "object",
          properties: rule === "allowed_registries" ? { prefixes: { type: "array", items: { type: "string" } } } : {},
        },
      },
    },
  },
  targets: [
    {
      target: "admission.k8s.gatekeeper.sh",
      code: [{ engine: "Rego", source: { version: "v1", rego: rego(rule), libs: [rego("containers")] } }],
    },
  ],
});

/**
 * Specs of a rule's constraints, by name. What is configured binds teams. In the platform's own namespaces a rule that holds
 * everywhere only warns: they enforce Pod Security already, and a webhook must not stop a system's upgrade half way.
 */
export function planConstraints({ rule, scope }: Rule, args: PolicyArgs) {
  const constraint = (enforcementAction: Enforcement, operator: "Exists" | "DoesNotExist") => ({
    enforcementAction,
    match: {
      kinds: [{ apiGroups: [""], kinds: ["Pod"] }],
      excludedNamespaces: [...NEVER_CHECKED, ...args.exemptNamespaces],
      namespaceSelector: { matchExpressions: [{ key: TEAM_LABEL, operator }] },
    },
    ...(rule === "allowed_registries" ? { parameters: { prefixes: [...args.allowedRegistries] } } : {}),
  });
  const ofPlatform = args.enforcement === "deny" ? "warn" : args.enforcement;
  return {
    teams: constraint(args.enforcement, "Exists"),
    ...(scope === "everywhere" ? { platform: constraint(ofPlatform, "DoesNotExist") } : {}),
  };
}

/** The rules that say something here: without a list of registries every registry is allowed. */
export const rulesInForce = ({ allowedRegistries }: Pick<PolicyArgs, "allowedRegistries">): readonly Rule[] =>
  RULES.filter(({ rule }) => rule !== "allowed_registries" || allowedRegistries.length > 0);

export interface GatekeeperArgs extends Omit<SystemArgs, "monitoring">, PolicyArgs {
  /** Gates that releases of models pass. Default: none, for a cluster that serves none. */
  readonly gates?: readonly ReleaseGate[] | undefined;
}

/** What makes one kind of constraint, and the constraints of it. */
interface Enforced {
  /** Part of the resources' names. */
  readonly name: string;
  readonly kind: string;
  readonly description: string;
  readonly template: object;
  /** Specs by name. */
  readonly constraints: Readonly<Record<string, object>>;
}

/** Gatekeeper and what it enforces: rules about pods, and the gates of releases. */
export class Gatekeeper extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: GatekeeperArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:security:Gatekeeper", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const chart = chartRelease(
      `${name}-chart`,
      {
        chart: CHARTS.gatekeeper,
        namespace: GATEKEEPER_NAMESPACE,
        mirror: args.mirror,
        values: planGatekeeperValues(args),
      },
      child,
    );
    this.ready = enforced(args).flatMap((one) => this.enforce(one, { ...child, dependsOn: [chart] }));
    this.registerOutputs({ rules: rulesInForce(args).map(({ rule }) => rule) });
  }

  private enforce({ name, kind, description, ...specs }: Enforced, child: pulumi.CustomResourceOptions) {
    const annotations = { "orch.dev/description": description };
    const template = new k8s.apiextensions.CustomResource(
      `constraint-template-${name}`,
      {
        apiVersion: "templates.gatekeeper.sh/v1",
        kind: "ConstraintTemplate",
        metadata: {
          name: kind.toLowerCase(),
          labels: { ...MANAGED_BY },
          // The constraint's own kind exists only when Gatekeeper has made it.
          annotations: { ...annotations, "pulumi.com/waitFor": "jsonpath={.status.created}=true" },
        },
        spec: specs.template,
      },
      child,
    );
    return Object.entries(specs.constraints).map(
      ([constraint, spec]) =>
        new k8s.apiextensions.CustomResource(
          `constraint-${name}-${constraint}`,
          {
            apiVersion: "constraints.gatekeeper.sh/v1beta1",
            kind,
            metadata: { name: constraint, labels: { ...MANAGED_BY }, annotations },
            spec,
          },
          { ...child, dependsOn: [template] },
        ),
    );
  }
}

function enforced(args: GatekeeperArgs): Enforced[] {
  return [
    ...rulesInForce(args).map((rule) => ({
      name: rule.rule,
      kind: rule.kind,
      description: rule.description,
      template: planConstraintTemplate(rule),
      constraints: planConstraints(rule, args),
    })),
    ...(args.gates ?? []).map((gate) => ({
      name: regoName(gate.gate),
      kind: constraintKind(gate.gate),
      description: GATES[gate.gate].description,
      template: planGateTemplate(gate),
      constraints: planGateConstraints(gate, args.enforcement),
    })),
  ];
}
