import "reflect-metadata";
import { KeyObject, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

export interface KeyAndCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface LeafRequest {
  readonly commonName: string;
  readonly organization?: string;
  readonly usage: "client" | "server" | "both";
  /** For servers: DNS names and IP addresses they answer under. */
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

type KeyKind = "ecdsa" | "rsa";

const ALGORITHM = {
  ecdsa: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  rsa: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  },
} as const;

const DAY = 24 * 60 * 60 * 1000;
const CA_LIFE = 10 * 365 * DAY;
const LEAF_LIFE = 365 * DAY;

/** A certificate authority that lives as long as this object: its leaves are issued at once and its key is only written where asked. */
export class Authority implements KeyAndCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly #certificate: x509.X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #kind: KeyKind;

  private constructor(kind: KeyKind, keys: webcrypto.CryptoKeyPair, certificate: x509.X509Certificate) {
    this.#kind = kind;
    this.#keys = keys;
    this.#certificate = certificate;
    this.certificatePem = pem(certificate);
    this.keyPem = keyPem(keys.privateKey, kind);
  }

  /** `dnsNames`: some verifiers look an authority up under a DNS name of its own. */
  static async create(
    commonName: string,
    kind: KeyKind = "ecdsa",
    dnsNames: readonly string[] = [],
  ): Promise<Authority> {
    const keys = await generateKeys(kind);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name: distinguishedName(commonName),
      keys,
      signingAlgorithm: ALGORITHM[kind],
      ...life(CA_LIFE),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ...alternativeNames(dnsNames, []),
      ],
    });
    return new Authority(kind, keys, certificate);
  }

  async issue(request: LeafRequest): Promise<KeyAndCertificate> {
    const keys = await generateKeys(this.#kind);
    const usages = [
      ...(request.usage === "server" ? [] : [x509.ExtendedKeyUsage.clientAuth]),
      ...(request.usage === "client" ? [] : [x509.ExtendedKeyUsage.serverAuth]),
    ];
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: distinguishedName(request.commonName, request.organization),
      issuer: this.#certificate.subjectName,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: ALGORITHM[this.#kind],
      ...life(LEAF_LIFE),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
        new x509.ExtendedKeyUsageExtension(usages),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate),
        ...alternativeNames(request.dnsNames ?? [], request.ipAddresses ?? []),
      ],
    });
    return { certificatePem: pem(certificate), keyPem: keyPem(keys.privateKey, this.#kind) };
  }
}

/** Signs and checks service account tokens. */
export async function serviceAccountKey(): Promise<{ privatePem: string; publicPem: string }> {
  const keys = await generateKeys("ecdsa");
  return {
    privatePem: keyPem(keys.privateKey, "ecdsa"),
    publicPem: KeyObject.from(keys.publicKey).export({ type: "spki", format: "pem" }).toString(),
  };
}

async function generateKeys(kind: KeyKind): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(ALGORITHM[kind], true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

/** Kueue's certificate rotation reads RSA keys in PKCS#1 only. */
function keyPem(key: webcrypto.CryptoKey, kind: KeyKind): string {
  const object = KeyObject.from(key);
  return kind === "rsa"
    ? object.export({ type: "pkcs1", format: "pem" }).toString()
    : object.export({ type: "pkcs8", format: "pem" }).toString();
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem").trim()}\n`;
}

function distinguishedName(commonName: string, organization?: string): x509.JsonName {
  return [...(organization ? [{ O: [organization] }] : []), { CN: [commonName] }];
}

function alternativeNames(dnsNames: readonly string[], ipAddresses: readonly string[]): x509.Extension[] {
  const names: x509.JsonGeneralName[] = [
    ...dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...ipAddresses.map((value) => ({ type: "ip" as const, value })),
  ];
  return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];
}

/** A minute back, for a clock that is slightly ahead elsewhere. */
function life(span: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - 60_000), notAfter: new Date(now + span) };
}

/** Positive, as X.509 wants it: the top bit stays clear. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toString("hex");
}
