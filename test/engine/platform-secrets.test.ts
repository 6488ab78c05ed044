import { describe, expect, inject, test } from "vitest";
import { ENVIRONMENTS, firstPreview, type Planned, texts, UNKNOWN } from "./platform-preview.ts";

/** How the engine shows what it keeps encrypted. */
const SECRET = "[secret]";

/** Forms that only keys and passwords have. */
const KEYS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bey[A-Za-z0-9_-]{10,}\.ey[A-Za-z0-9_-]{10,}\./,
  /\bgh[pousr]_[A-Za-z0-9]{36}\b/,
  /\bhv[sbr]\.[A-Za-z0-9_-]{20,}/,
  /:\/\/[^\s:/@]+:(?!\$)[^\s:/@]{6,}@/,
];

/** Names under which a value is a secret, wherever it stands. */
const SENSITIVE =
  /(password|passwd|passphrase|secret_?key|secret_?access_?key|api_?key|private_?key|client_?secret|token|credentials)$/i;

/** What stands in a secret's place: nothing, a name of a Secret or of one of its keys, a path, a switch, a reference. */
const REFERENCE =
  /^(|\[secret\]|true|false|\d{1,5}|[a-z][a-z0-9]*([-./][a-z0-9]+)*|[A-Z][A-Z0-9_]*|\\*\$.*|\$\(.+\)|\{\{.+\}\}|\/[\w./-]+|\$__\w+\{.+\})$/;

/** `password: abc`, `"token": "abc"`, `secret_key=abc` inside a text that is itself a document. */
const ASSIGNED = /["']?([A-Za-z_.-]*)["']?\s*[:=]\s*["']?([^\s"',;{}()[\]]+)/g;

function sensitive({ inputs, outputs }: Planned): string[] {
  return [...texts({ inputs, outputs })].flatMap(({ path, text }) => {
    if (text === UNKNOWN || text === SECRET) return [];
    const where = path.join(".");
    const form = KEYS.some((key) => key.test(text)) ? [`${where} has the form of a key`] : [];
    const named = SENSITIVE.test(path.at(-1) ?? "") && !REFERENCE.test(text) ? [`${where}: ${text}`] : [];
    const assigned = text.includes("\n")
      ? [...text.matchAll(ASSIGNED)].filter(
          ([, name = "", value = ""]) => SENSITIVE.test(name) && !REFERENCE.test(value),
        )
      : [];
    return [...form, ...named, ...assigned.map(([match]) => `${where}: ${match}`)];
  });
}

describe.each(ENVIRONMENTS)("secrets in %s", async (stack) => {
  const { resources } = await firstPreview(stack, inject("previews"));

  test("stand in no input and no output of any resource", () => {
    const found = resources.flatMap((resource) =>
      sensitive(resource).map((what) => `${resource.type} ${resource.name}: ${what}`),
    );
    expect(found).toEqual([]);
  });

  test("what is made of a generated value stays encrypted", () => {
    const generated = new Set(resources.filter(({ type }) => GENERATORS.includes(type)).map(({ urn }) => urn));
    expect(generated.size).toBeGreaterThan(3);
    const uses = resources.flatMap(({ name, type, inputs, propertyDependencies }) =>
      Object.entries(propertyDependencies)
        .filter(([, urns]) => urns?.some((urn) => generated.has(urn)))
        .map(([property]) => ({ what: `${type} ${name}.${property}`, texts: [...texts(inputs[property])] })),
    );
    expect(uses.length).toBeGreaterThan(3);
    expect(uses.filter((use) => !use.texts.some(({ text }) => text === SECRET)).map(({ what }) => what)).toEqual([]);
  });

  test("no Secret is written by the stack itself: External Secrets brings them", () => {
    const written = resources.filter(({ type }) => type === "kubernetes:core/v1:Secret");
    expect(written.map(({ name }) => name)).toEqual([]);
  });
});

const GENERATORS: readonly string[] = [
  "random:index/randomPassword:RandomPassword",
  "random:index/randomBytes:RandomBytes",
];

describe("the search for secrets", () => {
  const planned = (inputs: Record<string, unknown>) => sensitive({ inputs, outputs: {} } as unknown as Planned);

  test.each([
    ["a password in values", { values: { admin: { password: "Tr0ub4dor&3" } } }],
    ["a password in a file inside of values", { values: { config: "user: a\npassword: Tr0ub4dor&3\n" } }],
    ["a password in an address", { url: "postgresql://user:Tr0ub4dor3@host/db" }],
    ["a private key", { data: "-----BEGIN EC PRIVATE KEY-----" }],
    ["a token of Vault", { env: [{ name: "A", value: "hvs.CAESIJ0xYzVvZ0xYzVvZ0xYz" }] }],
  ])("finds %s", (_, inputs) => {
    expect(planned(inputs)).not.toEqual([]);
  });

  test("passes over names of secrets and references to them", () => {
    expect(
      planned({ existingSecret: "harbor-admin", passwordKey: "password", token: "$(TOKEN)", password: UNKNOWN }),
    ).toEqual([]);
  });
});

describe.each(ENVIRONMENTS)("rights in AWS in %s", async (stack) => {
  const { resources } = await firstPreview(stack, inject("previews"));
  const policies = resources.filter(
    ({ type }) => type === "aws:iam/rolePolicy:RolePolicy" || type === "aws:iam/policy:Policy",
  );

  test("are named actions on named resources", () => {
    expect(policies.filter(({ inputs }) => statements(inputs.policy).length > 0).length).toBeGreaterThan(0);
    const wide = policies.flatMap(({ name, inputs }) => statements(inputs.policy).flatMap((one) => tooWide(one, name)));
    expect(wide).toEqual([]);
  });

  test("let no role of a node read what runs write", () => {
    const attached = resources.filter(({ type }) => type === "aws:iam/rolePolicyAttachment:RolePolicyAttachment");
    const onNodes = attached.filter(({ name }) => name.includes("-node")).map(({ inputs }) => String(inputs.policyArn));
    expect(onNodes.length).toBeGreaterThan(0);
    expect(onNodes.filter((arn) => /S3|Administrator|PowerUser/.test(arn))).toEqual([]);
  });
});

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: Record<string, Record<string, string>>;
}

/** A policy that holds an ARN which is not known yet is unknown as a whole: `PodRole` refuses wide rights before they get here. */
function statements(policy: unknown): Statement[] {
  return typeof policy === "string" && policy.startsWith("{") ? JSON.parse(policy).Statement : [];
}

const list = (value: string | string[]) => (Array.isArray(value) ? value : [value]);

function tooWide({ Effect, Action, Resource, Condition }: Statement, name: string): string[] {
  if (Effect !== "Allow") return [];
  const everywhere = list(Resource).includes("*");
  return list(Action)
    .filter((action) => {
      const verb = action.split(":").at(1);
      if (verb === undefined || verb === "*") return true;
      return everywhere && (verb.endsWith("*") || !(/^(Describe|List|Get)/.test(verb) || Condition !== undefined));
    })
    .map((action) => `${name}: ${action} on ${list(Resource).join(", ")}`);
}

describe("the search for wide rights", () => {
  const allow = (Action: string, Resource: string) => tooWide({ Effect: "Allow", Action, Resource }, "role");

  test.each([
    ["everything", "*", "arn:aws:s3:::a"],
    ["everything of a service", "s3:*", "arn:aws:s3:::a"],
    ["a wildcard on every resource", "ec2:Describe*", "*"],
    ["a write on every resource", "s3:PutObject", "*"],
  ])("finds %s", (_, action, resource) => {
    expect(allow(action, resource)).toHaveLength(1);
  });

  test("lets reads through that AWS offers on no resource in particular", () => {
    expect(allow("autoscaling:DescribeTags", "*")).toEqual([]);
  });
});
