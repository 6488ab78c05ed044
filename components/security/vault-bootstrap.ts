import { UserError } from "../../submission/spec/user-error.ts";
import { VAULT_HOST } from "./constants.ts";

/** Vault's HTTP API, as far as the way from an empty server to one that the stack can configure needs it. */
export interface VaultApi {
  /**
   * @param path without `/v1/`, e.g. `sys/init`
   * @returns what Vault answered, whatever its status
   */
  call(method: "GET" | "PUT" | "POST", path: string, body?: object, token?: string): Promise<VaultAnswer>;
}
export interface VaultAnswer {
  readonly status: number;
  /** Undefined where the answer has no body. */
  readonly body?: unknown;
}

export interface BootstrapOptions {
  readonly recovery: {
    /** People who hold a recovery key. */
    readonly shares: number;
    /** How many of them together can make a new root token. */
    readonly threshold: number;
    /** Their PGP public keys, binary in base64; empty: the keys come in the clear. */
    readonly pgpKeys: readonly string[];
  };
  /** ARNs of the IAM roles or users that run `pulumi up`. */
  readonly principals: readonly string[];
  readonly region: string;
  /** Root token of an initialised Vault, made from recovery keys; only after a run that broke off. */
  readonly token?: string;
  /** Called at once with the recovery keys, before anything else can go wrong: Vault gives them only this time. */
  readonly onRecoveryKeys: (keys: readonly string[]) => void;
  /** Between two looks at a Vault that is not there yet. */
  readonly pause: () => Promise<void>;
  /** Looks before giving up. Default: 60. */
  readonly patience?: number;
}

export interface BootstrapOutcome {
  /** Whether this run made it; false: it was initialised already. */
  readonly initialised: boolean;
  /** Whether this run gave the stack its way in. */
  readonly configured: boolean;
}

/** Role by which `pulumi up` logs in with its own AWS identity, and the policy it then has. */
export const STACK_ROLE = "platform-stack";

/** What the stack manages in Vault. It writes the platform's secrets; the teams' it can neither read nor write. */
export const STACK_POLICY = [
  ["sys/mounts", ["read"]],
  ["sys/mounts/*", ["create", "read", "update", "delete"]],
  ["sys/auth", ["read"]],
  ["sys/auth/kubernetes", ["create", "read", "update", "delete", "sudo"]],
  ["sys/mounts/auth/kubernetes/tune", ["read", "update"]],
  ["sys/audit", ["read", "sudo"]],
  ["sys/audit/*", ["create", "read", "update", "delete", "sudo"]],
  ["sys/policies/acl/*", ["create", "read", "update", "delete"]],
  ["auth/kubernetes/*", ["create", "read", "update", "delete"]],
  ["platform/*", ["create", "read", "update", "delete"]],
]
  .map(([path, capabilities]) => `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`)
  .join("\n");

/**
 * Takes Vault from empty to the point where the stack can configure it: initialise, wait until the KMS key has unsealed it, let
 * the stack log in by its AWS identity, throw the root token away. Every step looks before it acts, so that a run that broke off
 * can be repeated.
 *
 * @throws UserError where a person has to decide
 */
export async function bootstrapVault(api: VaultApi, options: BootstrapOptions): Promise<BootstrapOutcome> {
  const before = await reachable(api, options);
  const root = before.initialized ? undefined : await initialise(api, before, options);
  await unsealed(api, options);
  const token = root ?? options.token;
  if (token === undefined) return { initialised: false, configured: false };
  await letStackIn(api, token, options);
  // Ours or a person's emergency one: a root token that lies around is a break-in that waits.
  await expectDone(api, "POST", "auth/token/revoke-self", undefined, token);
  return { initialised: root !== undefined, configured: true };
}

interface SealStatus {
  readonly initialized: boolean;
  readonly sealed: boolean;
  /** How it is unsealed: `awskms`, or `shamir` where nothing was configured. */
  readonly type: string;
}

async function sealStatus(api: VaultApi): Promise<SealStatus | undefined> {
  const { status, body } = await api.call("GET", "sys/seal-status").catch(() => ({ status: 0, body: undefined }));
  return status === 200 ? (body as SealStatus) : undefined;
}

async function until<T>(options: BootstrapOptions, look: () => Promise<T | undefined>, failure: string): Promise<T> {
  for (let left = options.patience ?? 60; left > 0; left--) {
    const found = await look();
    if (found !== undefined) return found;
    await options.pause();
  }
  throw new UserError(failure, {
    hint: "kubectl -n vault get pods, kubectl -n vault logs vault-0; then run it again: every step looks before it acts.",
  });
}

const reachable = (api: VaultApi, options: BootstrapOptions) =>
  until(options, () => sealStatus(api), "Vault does not answer.");

async function initialise(api: VaultApi, { type }: SealStatus, options: BootstrapOptions): Promise<string> {
  if (type === "shamir") {
    throw new UserError("Vault has no seal of KMS: it would come up sealed after every restart.", {
      hint: "Was it installed by this stack? Its configuration has a seal `awskms`.",
    });
  }
  const { shares, threshold, pgpKeys } = options.recovery;
  const { status, body } = await api.call("PUT", "sys/init", {
    recovery_shares: shares,
    recovery_threshold: threshold,
    ...(pgpKeys.length === 0 ? {} : { recovery_pgp_keys: [...pgpKeys] }),
  });
  const answer = body as { root_token?: string; recovery_keys_base64?: string[] } | undefined;
  if (status !== 200 || answer?.root_token === undefined || answer.recovery_keys_base64 === undefined) {
    throw refused("sys/init", status, body);
  }
  options.onRecoveryKeys(answer.recovery_keys_base64);
  return answer.root_token;
}

/** Unsealed, and one server leads: before that nothing can be written. */
const unsealed = (api: VaultApi, options: BootstrapOptions) =>
  until(
    options,
    async () => {
      if ((await sealStatus(api))?.sealed !== false) return undefined;
      const { body } = await api.call("GET", "sys/leader");
      return (body as { leader_address?: string } | undefined)?.leader_address ? true : undefined;
    },
    "Vault stays sealed: it cannot use its KMS key, or no server leads.",
  );

async function letStackIn(api: VaultApi, token: string, { principals, region }: BootstrapOptions): Promise<void> {
  const write = (path: string, body: object) => expectDone(api, "POST", path, body, token);
  await write(`sys/policies/acl/${STACK_ROLE}`, { policy: STACK_POLICY });
  const { status, body } = await api.call("GET", "sys/auth", undefined, token);
  if (status !== 200) throw refused("sys/auth", status, body);
  if (!Object.hasOwn(body as object, "aws/")) await write("sys/auth/aws", { type: "aws" });
  await write("auth/aws/config/client", {
    // A login that somebody recorded elsewhere is worth nothing here.
    iam_server_id_header_value: VAULT_HOST,
    // By the network's own endpoint.
    sts_endpoint: `https://sts.${region}.amazonaws.com`,
    sts_region: region,
  });
  await write(`auth/aws/role/${STACK_ROLE}`, {
    auth_type: "iam",
    bound_iam_principal_arn: [...principals],
    // Or Vault would need rights to look them up.
    resolve_aws_unique_ids: false,
    token_policies: [STACK_ROLE],
    token_ttl: "1h",
    token_max_ttl: "2h",
  });
}

async function expectDone(
  api: VaultApi,
  method: "PUT" | "POST",
  path: string,
  body: object | undefined,
  token: string,
): Promise<void> {
  const answer = await api.call(method, path, body, token);
  if (answer.status !== 200 && answer.status !== 204) throw refused(path, answer.status, answer.body);
}

/** Vault's own words, which never hold a secret. */
function refused(path: string, status: number, body: unknown): UserError {
  const errors = (body as { errors?: unknown } | undefined)?.errors;
  const words = Array.isArray(errors) ? errors.map(String).join("; ") : "no reason given";
  return new UserError(`Vault refused ${path} with status ${status}: ${words}`);
}
