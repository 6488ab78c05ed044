import { describe, expect, test } from "vitest";
import {
  type BootstrapOptions,
  bootstrapVault,
  publicKeyBytes,
  STACK_POLICY,
  type VaultAnswer,
  type VaultApi,
} from "../../../components/security/index.ts";
import { UserError } from "../../../submission/spec/user-error.ts";

const ROOT = "hvs.root";

/** Stands in for a Vault server: its HTTP API as far as the bootstrap uses it, with the state that it has there. */
class SimulatedVault implements VaultApi {
  readonly calls: string[] = [];
  readonly bodies = new Map<string, object>();
  readonly tokens = new Set<string>();
  initialised = false;
  type = "awskms";
  auth: Record<string, object> = { "token/": {} };
  /** Looks during which it does not answer, and during which it is still sealed once initialised. */
  silent = 0;
  sealedFor = 0;
  /** A path it answers with this status. */
  broken: { path: string; status: number } | undefined;

  async call(method: string, path: string, body?: object, token?: string): Promise<VaultAnswer> {
    if (this.silent-- > 0) throw new Error("connect ECONNREFUSED");
    this.calls.push(`${method} ${path}`);
    if (body !== undefined) this.bodies.set(path, body);
    if (this.broken?.path === path) return { status: this.broken.status, body: { errors: ["permission denied"] } };
    if (path === "sys/seal-status") {
      const sealed = !this.initialised || this.sealedFor-- > 0;
      return { status: 200, body: { initialized: this.initialised, sealed, type: this.type } };
    }
    if (path === "sys/leader") return { status: 200, body: { leader_address: "https://10.0.0.1:8200" } };
    if (path === "sys/init") return this.#initialise(body as { recovery_shares: number });
    if (token === undefined || !this.tokens.has(token)) return { status: 403, body: { errors: ["permission denied"] } };
    if (method === "GET" && path === "sys/auth") return { status: 200, body: this.auth };
    if (path === "sys/auth/aws") this.auth["aws/"] = {};
    if (path === "auth/token/revoke-self") this.tokens.delete(token);
    return { status: 204 };
  }

  #initialise({ recovery_shares }: { recovery_shares: number }): VaultAnswer {
    if (this.initialised) return { status: 400, body: { errors: ["Vault is already initialized"] } };
    this.initialised = true;
    this.tokens.add(ROOT);
    const keys = Array.from({ length: recovery_shares }, (_, index) => `key-${index}`);
    return { status: 200, body: { root_token: ROOT, recovery_keys_base64: keys } };
  }
}

function options(change: Partial<BootstrapOptions> = {}): BootstrapOptions & { readonly shown: string[] } {
  const shown: string[] = [];
  return {
    recovery: { shares: 3, threshold: 2, pgpKeys: ["a", "b", "c"] },
    principals: ["arn:aws:iam::123456789012:role/platform-engineers"],
    region: "us-east-1",
    onRecoveryKeys: (keys) => shown.push(...keys),
    pause: async () => {},
    patience: 5,
    shown,
    ...change,
  };
}

describe("an empty Vault", () => {
  test("is initialised, lets the stack in by its AWS identity, and keeps no root token", async () => {
    const vault = new SimulatedVault();
    const run = options();

    expect(await bootstrapVault(vault, run)).toEqual({ initialised: true, configured: true });
    expect(run.shown).toEqual(["key-0", "key-1", "key-2"]);
    expect(vault.bodies.get("sys/init")).toEqual({
      recovery_shares: 3,
      recovery_threshold: 2,
      recovery_pgp_keys: ["a", "b", "c"],
    });
    expect(vault.bodies.get("auth/aws/role/platform-stack")).toMatchObject({
      auth_type: "iam",
      bound_iam_principal_arn: ["arn:aws:iam::123456789012:role/platform-engineers"],
      token_policies: ["platform-stack"],
    });
    expect(vault.calls.at(-1)).toBe("POST auth/token/revoke-self");
    expect([...vault.tokens]).toEqual([]);
  });

  test("gives its recovery keys away before anything else can go wrong", async () => {
    const vault = new SimulatedVault();
    vault.sealedFor = Number.POSITIVE_INFINITY;
    const run = options();

    await expect(bootstrapVault(vault, run)).rejects.toThrow("Vault stays sealed");
    expect(run.shown).toHaveLength(3);
  });

  test("is waited for while its pods start and KMS unseals it", async () => {
    const vault = new SimulatedVault();
    vault.silent = 3;
    vault.sealedFor = 2;
    expect(await bootstrapVault(vault, options())).toEqual({ initialised: true, configured: true });
  });

  test("is left alone when no KMS key would unseal it", async () => {
    const vault = new SimulatedVault();
    vault.type = "shamir";
    await expect(bootstrapVault(vault, options())).rejects.toThrow("no seal of KMS");
    expect(vault.initialised).toBe(false);
  });
});

describe("a Vault that was initialised before", () => {
  test("is not touched", async () => {
    const vault = new SimulatedVault();
    await bootstrapVault(vault, options());
    vault.calls.length = 0;

    const run = options();
    expect(await bootstrapVault(vault, run)).toEqual({ initialised: false, configured: false });
    expect(run.shown).toEqual([]);
    expect(vault.calls.filter((call) => !call.startsWith("GET"))).toEqual([]);
  });

  test("is finished with a token made from recovery keys, when the first run broke off half way", async () => {
    const vault = new SimulatedVault();
    vault.broken = { path: "auth/aws/config/client", status: 500 };
    await expect(bootstrapVault(vault, options())).rejects.toThrow("Vault refused auth/aws/config/client");

    vault.broken = undefined;
    vault.calls.length = 0;
    vault.tokens.add("emergency");
    expect(await bootstrapVault(vault, options({ token: "emergency" }))).toEqual({
      initialised: false,
      configured: true,
    });
    expect(vault.calls).not.toContain("POST sys/auth/aws");
    expect(vault.tokens.has("emergency")).toBe(false);
  });
});

test("a refusal is told in Vault's own words and never with a token", async () => {
  const vault = new SimulatedVault();
  vault.broken = { path: "sys/auth", status: 403 };
  const error: unknown = await bootstrapVault(vault, options()).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toContain("permission denied");
  expect(String(error)).not.toContain(ROOT);
});

test("a Vault that never answers is given up on, with what to look at", async () => {
  const vault = new SimulatedVault();
  vault.silent = Number.POSITIVE_INFINITY;
  await expect(bootstrapVault(vault, options())).rejects.toMatchObject({
    message: "Vault does not answer.",
    hint: expect.stringContaining("kubectl -n vault"),
  });
});

test("the stack manages the platform's secrets and has no way to the teams'", () => {
  expect(STACK_POLICY).toContain('path "platform/*"');
  expect(STACK_POLICY).not.toContain("teams");
  expect(STACK_POLICY).not.toMatch(/path "(\*|sys\/\*)"/);
});

describe("a holder's PGP key", () => {
  const packet = Buffer.concat([Buffer.from([0x99, 0x01, 0x0d]), Buffer.alloc(70, 7)]);
  const armored = [
    "-----BEGIN PGP PUBLIC KEY BLOCK-----",
    "Comment: alice",
    "",
    ...(packet.toString("base64").match(/.{1,64}/g) ?? []),
    "=AbCd",
    "-----END PGP PUBLIC KEY BLOCK-----",
    "",
  ];

  test("is read as gpg exports it, with Windows line ends too", () => {
    expect(publicKeyBytes(armored.join("\n")).equals(packet)).toBe(true);
    expect(publicKeyBytes(armored.join("\r\n")).equals(packet)).toBe(true);
  });

  test.each([
    ["a private key", armored.join("\n").replaceAll("PUBLIC", "PRIVATE")],
    ["a message", armored.join("\n").replace(packet.toString("base64").slice(0, 4), "hQEM")],
    ["nothing", ""],
  ])("is not %s", (_, text) => {
    expect(() => publicKeyBytes(text)).toThrow(UserError);
  });
});
