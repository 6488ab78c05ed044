import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
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
import { GATEKEEPER_NAMESPACE, MANAGED_BY, NAMESPACE_NAME_LABEL, TEAM_LABEL } from "./constants.ts";
import { RULES, type Rule, rego } from "./rules.ts";

/** What happens to a pod that breaks a rule: refused, let in with a warning, or let in and reported. */
export const ENFORCEMENTS = ["deny", "warn", "dryrun"] as const;
export type Enforcement = (typeof ENFORCEMENTS)[number];

/** Ports on which the API server calls its webhook. */
export const GATEKEEPER_WEBHOOK_PORTS: readonly number[] = [8443];

/** Nothing of ours decides about these: the cluster could not start, or Gatekeeper itself. */
export const NEVER_CHECKED: readonly string[] = ["kube-system", "kube-node-lease", "kube-public", GATEKEEPER_NAMESPACE];

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

export interface GatekeeperArgs extends Omit<SystemArgs, "monitoring">, PolicyArgs {}

/** Gatekeeper and the rules it enforces on pods. */
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
    this.ready = rulesInForce(args).flatMap((rule) => this.rule(rule, args, { ...child, dependsOn: [chart] }));
    this.registerOutputs({ rules: rulesInForce(args).map(({ rule }) => rule) });
  }

  private rule(rule: Rule, args: GatekeeperArgs, child: pulumi.CustomResourceOptions): pulumi.Resource[] {
    const annotations = { "orch.dev/description": rule.description };
    const template = new k8s.apiextensions.CustomResource(
      `constraint-template-${rule.rule}`,
      {
        apiVersion: "templates.gatekeeper.sh/v1",
        kind: "ConstraintTemplate",
        metadata: {
          name: rule.kind.toLowerCase(),
          labels: { ...MANAGED_BY },
          // The constraint's own kind exists only when Gatekeeper has made it.
          annotations: { ...annotations, "pulumi.com/waitFor": "jsonpath={.status.created}=true" },
        },
        spec: planConstraintTemplate(rule),
      },
      child,
    );
    return Object.entries(planConstraints(rule, args)).map(
      ([name, spec]) =>
        new k8s.apiextensions.CustomResource(
          `constraint-${rule.rule}-${name}`,
          {
            apiVersion: "constraints.gatekeeper.sh/v1beta1",
            kind: rule.kind,
            metadata: { name, labels: { ...MANAGED_BY }, annotations },
            spec,
          },
          { ...child, dependsOn: [template] },
        ),
    );
  }
}
