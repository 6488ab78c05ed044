import messages from "@pulumi/pulumi/proto/analyzer_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { PackOfRules } from "../../../policies/verdict/analyzer/pack-of-rules.ts";
import { knownAt } from "../../../policies/verdict/known.ts";
import type { Resource } from "../../../policies/verdict/resource.ts";
import { type Rule, resourceRule, stackRule } from "../../../policies/verdict/rule.ts";

const { ADVISORY, MANDATORY, REMEDIATE, DISABLED } = messages.EnforcementLevel;

/** As Pulumi's engine writes them, see sdk/go/common/resource/plugin/rpc.go. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({ [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value });
const output = (known: object) => ({ [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", ...known });
const UNKNOWNS = {
  boolean: "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  string: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  list: "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  asset: "030794c1-ac77-496b-92df-f27374a8bd58",
  archive: "e48ece36-62e2-4504-bad9-02848725956a",
  object: "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
};

const ABOUT = {
  description: "Doors are shut.",
  why: "it draws.",
  fix: "shut it.",
  settings: z.strictObject({ allowed: z.string().default("shut") }),
};
const isDoor = ({ type }: Resource) => type === "test:index:Door";
const doorsAreShut = resourceRule({
  ...ABOUT,
  name: "doors-are-shut",
  applies: isDoor,
  check: ({ props }, { allowed }) =>
    knownAt(props, "lock", "state") === allowed ? [] : [`is ${String(knownAt(props, "lock", "state"))}`],
  remedy: ({ props }, { allowed }) =>
    knownAt(props, "lock", "state") === allowed ? [] : [{ path: ["lock", "state"], value: allowed }],
});
const doorsHaveHouses = stackRule({
  ...ABOUT,
  name: "doors-have-houses",
  applies: isDoor,
  check: ({ parent, computedFrom, protect }, _settings, stack) => {
    const house = stack.find(({ urn }) => urn === parent);
    const from = computedFrom?.lock?.map(({ type, urn }) => `${type} at ${urn}`).join();
    return [`is in ${house?.name}, has its lock from ${from}, and is ${protect ? "" : "not "}protected`];
  },
});

const packOf = (...rules: Rule[]) => new PackOfRules("doors", "1.2.3", rules);
const propsOf = (props: object) => struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(props)));
const requestOf = (type: string, props: object) =>
  new messages.AnalyzeRequest().setType(type).setName("front").setUrn("urn:front").setProperties(propsOf(props));
const door = (state: unknown) => requestOf("test:index:Door", { lock: { state } }).serializeBinary();

/** As the file given with --policy-pack-config says, after the engine has read it. */
function configured(pack: PackOfRules, level: messages.EnforcementLevel, settings: object = {}): PackOfRules {
  const request = new messages.ConfigureAnalyzerRequest();
  const config = new messages.PolicyConfig().setEnforcementlevel(level).setProperties(propsOf(settings));
  for (const name of [doorsAreShut.name, doorsHaveHouses.name]) request.getPolicyconfigMap().set(name, config);
  pack.configure(request);
  return pack;
}
const found = async (pack: PackOfRules, request: Uint8Array) =>
  (await pack.analyze(request)).toObject().diagnosticsList.map(({ message }) => message);

describe("a resource that the engine asks a pack about", () => {
  test("is refused in the words of the rule, under the names and the level of rule and pack", async () => {
    const [finding, ...more] = (await packOf(doorsAreShut).analyze(door("open"))).toObject().diagnosticsList;
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      policyname: "doors-are-shut",
      policypackname: "doors",
      policypackversion: "1.2.3",
      description: "Doors are shut.",
      message: "Doors are shut.\nDoor front is open. Why it matters: it draws. How to fix it: shut it.",
      enforcementlevel: MANDATORY,
    });
  });

  test("passes when it is right, or of a type that no rule has business with", async () => {
    expect(await found(packOf(doorsAreShut), door("shut"))).toEqual([]);
    expect(await found(packOf(doorsAreShut), requestOf("test:index:Gate", {}).serializeBinary())).toEqual([]);
  });

  test.each(Object.entries(UNKNOWNS))(
    "is undecided where its %s is not known before the update",
    async (_, unknown) => {
      const pack = packOf(doorsAreShut);
      const undecided = [expect.stringContaining("cannot be decided by doors-are-shut")];
      expect(await found(pack, door(unknown))).toEqual(undecided);
      expect(await found(pack, door(secret(unknown)))).toEqual(undecided);
      expect(await found(pack, requestOf("test:index:Door", { lock: unknown }).serializeBinary())).toEqual(undecided);
    },
  );

  test("is judged by what is secret in it like by anything else, also inside lists and objects", async () => {
    expect(await found(packOf(doorsAreShut), door(secret("shut")))).toEqual([]);
    const listed = resourceRule({
      ...ABOUT,
      name: "listed",
      check: ({ props }) => [JSON.stringify(props)],
    });
    const props = { keys: [secret("a"), { deep: secret({ deeper: "b" }) }] };
    const [text] = await found(packOf(listed), requestOf("test:index:Key", props).serializeBinary());
    expect(text).toContain('{"keys":["a",{"deep":{"deeper":"b"}}]}');
  });

  test("is judged by what an output has become, and undecided while it has become nothing", async () => {
    expect(await found(packOf(doorsAreShut), door(output({ value: "shut", secret: true })))).toEqual([]);
    expect(await found(packOf(doorsAreShut), door(output({ secret: false })))).toEqual([
      expect.stringContaining("cannot be decided"),
    ]);
  });

  test("may have a property of any name, which rules read as it was written", async () => {
    const named = resourceRule({ ...ABOUT, name: "named", check: ({ props }) => Object.keys(props) });
    const request = requestOf("test:index:Door", {});
    const one = new struct.Value().setStringValue("x");
    request.getProperties()?.getFieldsMap().set("hasOwnProperty", one).set("constructor", one);
    expect(await found(packOf(named), request.serializeBinary())).toEqual([
      expect.stringContaining("constructor"),
      expect.stringContaining("hasOwnProperty"),
    ]);
  });

  test("shows rules its provider, with what the provider was given", async () => {
    const provided = resourceRule({
      ...ABOUT,
      name: "provided",
      check: ({ provider }) => [`comes from ${provider?.name}: ${JSON.stringify(provider?.props)}`],
    });
    const request = requestOf("test:index:Door", {}).setProvider(
      new messages.AnalyzerProviderResource().setName("workshop").setProperties(propsOf({ region: secret("here") })),
    );
    expect(await found(packOf(provided), request.serializeBinary())).toEqual([
      expect.stringContaining('comes from workshop: {"region":"here"}'),
    ]);
  });
});

describe("what an environment chooses", () => {
  test.each([
    ["advisory", ADVISORY, [ADVISORY]],
    ["mandatory", MANDATORY, [MANDATORY]],
    ["remediate, and it is still wrong", REMEDIATE, [MANDATORY]],
    ["disabled", DISABLED, []],
  ])("is the level of a rule: %s", async (_, level, expected) => {
    const pack = configured(packOf(doorsAreShut, doorsHaveHouses), level);
    const levels = (response: messages.AnalyzeResponse) =>
      response.getDiagnosticsList().map((one) => one.getEnforcementlevel());
    expect(levels(await pack.analyze(door("open")))).toEqual(expected);
    expect(levels(await pack.analyzeStack(stackOf(door("open"))))).toEqual(expected);
  });

  test("is what a rule goes by, and settings that it cannot work with let nothing through", async () => {
    expect(await found(configured(packOf(doorsAreShut), MANDATORY, { allowed: "open" }), door("open"))).toEqual([]);
    expect(await found(configured(packOf(doorsAreShut), MANDATORY, { allowed: 1 }), door("shut"))).toEqual([
      expect.stringContaining("cannot pass doors-are-shut, whose settings are wrong: allowed"),
    ]);
  });

  test("is told from what may be chosen: the engine learns of each rule's kind, level and settings", () => {
    const { name, version, supportsconfig, policiesList } = packOf(doorsAreShut, doorsHaveHouses).info().toObject();
    expect({ name, version, supportsconfig }).toEqual({ name: "doors", version: "1.2.3", supportsconfig: true });
    expect(policiesList.map((one) => [one.name, one.policyType, one.enforcementlevel])).toEqual([
      ["doors-are-shut", messages.PolicyType.POLICY_TYPE_RESOURCE, MANDATORY],
      ["doors-have-houses", messages.PolicyType.POLICY_TYPE_STACK, MANDATORY],
    ]);
    const schema = packOf(doorsAreShut).info().getPoliciesList()[0]?.getConfigschema()?.getProperties()?.toJavaScript();
    expect(schema).toEqual({ allowed: { type: "string", default: "shut" } });
  });
});

/** The door of a request in a house, with a lock from elsewhere. */
function stackOf(request: Uint8Array): Uint8Array {
  const about = messages.AnalyzeRequest.deserializeBinary(request);
  const lock = new messages.AnalyzerPropertyDependencies().setUrnsList(["urn:lock", "urn:of-another-stack"]);
  const front = new messages.AnalyzerResource()
    .setType(about.getType())
    .setName(about.getName())
    .setUrn(about.getUrn())
    .setProperties(about.getProperties())
    .setOptions(new messages.AnalyzerResourceOptions().setProtect(true))
    .setParent("urn:house");
  front.getPropertydependenciesMap().set("lock", lock);
  const other = (type: string, name: string) =>
    new messages.AnalyzerResource().setType(type).setName(name).setUrn(`urn:${name}`).setProperties(propsOf({}));
  return new messages.AnalyzeStackRequest()
    .setResourcesList([other("test:index:House", "house"), front, other("test:index:Lock", "lock")])
    .serializeBinary();
}

test("a stack is judged with all that is known of each resource, and what is wrong is said of the resource", async () => {
  const [finding, ...more] = (await packOf(doorsHaveHouses).analyzeStack(stackOf(door("shut")))).getDiagnosticsList();
  expect(more).toEqual([]);
  expect(finding?.getUrn()).toBe("urn:front");
  expect(finding?.getMessage()).toContain(
    "Door front is in house, has its lock from test:index:Lock at urn:lock, and is protected.",
  );
});

describe("remediation", () => {
  const mended = (request: Uint8Array, level: messages.EnforcementLevel = REMEDIATE, settings: object = {}) =>
    configured(packOf(doorsAreShut), level, settings).remediate(request).getRemediationsList();

  test("happens at its level only, and to what is wrong only", () => {
    expect(mended(door("open"), MANDATORY)).toEqual([]);
    expect(mended(door("shut"))).toEqual([]);
    expect(mended(door("open"))[0]?.getPolicyname()).toBe("doors-are-shut");
  });

  test("changes what is wrong and leaves the rest as it was sent, secrets and unknown values included", () => {
    const rest = { key: secret("k"), paint: UNKNOWNS.string, none: null, sizes: [1, 2] };
    const request = requestOf("test:index:Door", { lock: secret({ state: "open", own: secret("o") }), rest });
    expect(mended(request.serializeBinary())[0]?.getProperties()?.toJavaScript()).toEqual({
      lock: secret({ state: "shut", own: secret("o") }),
      rest,
    });
    expect(
      mended(door(secret("open")))[0]
        ?.getProperties()
        ?.toJavaScript(),
    ).toEqual({
      lock: { state: secret("shut") },
    });
  });

  test("says what keeps it from happening where something is not known yet", () => {
    const [one, ...more] = mended(requestOf("test:index:Door", { lock: UNKNOWNS.object }).serializeBinary());
    expect(more).toEqual([]);
    expect(one?.getProperties()).toBeUndefined();
    expect(one?.getDiagnostic()).toBe(
      "doors-are-shut cannot mend Door front: lock.state is not known before the update",
    );
  });

  test("does nothing by settings that are wrong, which the judgement after it refuses", () => {
    expect(mended(door("open"), REMEDIATE, { allowed: 1 })).toEqual([]);
  });

  test("shows a rule what the one before it has changed", () => {
    const second = {
      ...doorsAreShut,
      remedy: ({ props }: Resource) => [{ path: ["seen"], value: `${JSON.stringify(props)}` }],
    };
    const pack = configured(packOf(doorsAreShut, second), REMEDIATE);
    const [, last] = pack.remediate(door("open")).getRemediationsList();
    expect(last?.getProperties()?.toJavaScript()).toEqual({
      lock: { state: "shut" },
      seen: '{"lock":{"state":"shut"}}',
    });
  });
});
