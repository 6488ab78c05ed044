import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  CHARTS,
  CONTAINER_SECURITY,
  type ContainerSize,
  chartRelease,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  replicas,
  resources,
  type SystemArgs,
  spreadOver,
} from "../system/index.ts";
import { CERT_MANAGER_NAMESPACE, MANAGED_BY, PLATFORM_ISSUER } from "./constants.ts";

export const CERT_MANAGER_API = "cert-manager.io/v1";

export function planCertManagerValues({ availability, monitoring }: Pick<SystemArgs, "availability" | "monitoring">) {
  const part = (component: string, size: ContainerSize) => ({
    replicaCount: replicas(availability),
    podDisruptionBudget: { enabled: availability === "high" },
    securityContext: POD_SECURITY,
    containerSecurityContext: CONTAINER_SECURITY,
    resources: resources(size),
    nodeSelector: { "kubernetes.io/os": "linux", ...ON_SYSTEM_NODES },
    topologySpreadConstraints: spreadOver({ "app.kubernetes.io/component": component }),
  });
  return {
    crds: { enabled: true, keep: false },
    // Its lease lives beside it: no right in kube-system.
    global: { leaderElection: { namespace: CERT_MANAGER_NAMESPACE } },
    ...part("controller", { cpu: "50m", memory: "256Mi" }),
    webhook: part("webhook", { cpu: "25m", memory: "128Mi" }),
    cainjector: part("cainjector", { cpu: "25m", memory: "256Mi" }),
    startupapicheck: {
      securityContext: POD_SECURITY,
      containerSecurityContext: CONTAINER_SECURITY,
      resources: resources({ cpu: "25m", memory: "64Mi" }),
      nodeSelector: { "kubernetes.io/os": "linux", ...ON_SYSTEM_NODES },
    },
    prometheus: { enabled: true, servicemonitor: { enabled: monitoring } },
  };
}

/** cert-manager, and the platform's own certificate authority: what its systems show each other is signed by it. */
export class CertManager extends pulumi.ComponentResource {
  /** What a Certificate needs before it can be signed. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: SystemArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:security:CertManager", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const chart = chartRelease(
      `${name}-chart`,
      {
        chart: CHARTS.certManager,
        namespace: CERT_MANAGER_NAMESPACE,
        mirror: args.mirror,
        values: planCertManagerValues(args),
      },
      child,
    );
    const issuer = (issuerName: string, spec: object, dependsOn: pulumi.Resource[]) =>
      new k8s.apiextensions.CustomResource(
        `issuer-${issuerName}`,
        {
          apiVersion: CERT_MANAGER_API,
          kind: "ClusterIssuer",
          metadata: { name: issuerName, labels: { ...MANAGED_BY } },
          spec,
        },
        { ...child, dependsOn },
      );
    const root = issuer("platform-root", { selfSigned: {} }, [chart]);
    const authority = certificate(
      PLATFORM_ISSUER,
      { namespace: CERT_MANAGER_NAMESPACE, secretName: PLATFORM_ISSUER, spec: AUTHORITY },
      { ...child, dependsOn: [root] },
    );
    this.ready = [issuer(PLATFORM_ISSUER, { ca: { secretName: PLATFORM_ISSUER } }, [authority])];
    this.registerOutputs({ issuer: PLATFORM_ISSUER });
  }
}

/** Ten years: replacing it means that every client must trust both for a while. */
const AUTHORITY = {
  isCA: true,
  commonName: "orchestration-layer platform",
  duration: "87600h",
  renewBefore: "8760h",
  issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "platform-root" },
};

export interface ServerCertificateArgs {
  readonly namespace: string;
  /** Secret with `tls.crt`, `tls.key` and the authority's `ca.crt`. */
  readonly secretName: string;
  /** Names clients call it by. */
  readonly dnsNames: readonly string[];
  /** Default: none. */
  readonly ipAddresses?: readonly string[];
  /** Default: `ECDSA`, P-256. `RSA` for what knows nothing else. */
  readonly algorithm?: "ECDSA" | "RSA";
  /** ClusterIssuer that signs it. Default: the platform's own authority. */
  readonly issuer?: string;
}

/** Spec of a server's certificate: 90 days, replaced after 60, the key with it. */
export const planServerCertificate = ({ dnsNames, ipAddresses, algorithm, issuer }: ServerCertificateArgs) => ({
  dnsNames: [...dnsNames],
  ...(ipAddresses === undefined ? {} : { ipAddresses: [...ipAddresses] }),
  duration: "2160h",
  renewBefore: "720h",
  usages: ["digital signature", "key encipherment", "server auth", "client auth"],
  issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: issuer ?? PLATFORM_ISSUER },
  ...(algorithm === "RSA" ? { privateKey: { algorithm: "RSA", size: 2048, rotationPolicy: "Always" } } : {}),
});

/** What a system shows its callers, signed by the platform's authority; done when it is signed. */
export function serverCertificate(
  name: string,
  args: ServerCertificateArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  return certificate(name, { ...args, spec: planServerCertificate(args) }, opts);
}

function certificate(
  name: string,
  { namespace, secretName, spec }: { namespace: string; secretName: string; spec: object },
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    `certificate-${name}`,
    {
      apiVersion: CERT_MANAGER_API,
      kind: "Certificate",
      metadata: {
        name: secretName,
        namespace,
        labels: { ...MANAGED_BY },
        annotations: { "pulumi.com/waitFor": "condition=Ready" },
      },
      spec: {
        secretName,
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        ...spec,
      },
    },
    opts,
  );
}
