import messages from "@pulumi/pulumi/proto/analyzer_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { judge } from "../judge.ts";
import { NotDecided } from "../known.ts";
import { type Policy, toPolicy } from "../pack.ts";
import { nameOf, type Resource } from "../resource.ts";
import { type Rule, Unreadable, WrongSettings } from "../rule.ts";
import { type Remediable, remediableFrom, resourceFrom, stackFrom } from "./request.ts";
import { put } from "./wire.ts";

const { MANDATORY, DISABLED, REMEDIATE } = messages.EnforcementLevel;

interface Chosen {
  readonly level: messages.EnforcementLevel;
  readonly settings: Readonly<Record<string, unknown>>;
}
const UNCHOSEN: Chosen = { level: MANDATORY, settings: {} };
const LEVELS: Readonly<Record<Policy["enforcementLevel"], messages.EnforcementLevel>> = { mandatory: MANDATORY };

/** A rule at a level that it runs at, with what the environment has set. */
interface Active extends Chosen {
  readonly rule: Rule;
}

/** Rules under one name, as the engine asks them: every request reaches the pack once, and is read once for all rules. */
export class PackOfRules {
  readonly #name: string;
  readonly #version: string;
  readonly #rules: readonly Rule[];
  #active: Readonly<Record<Rule["scope"], readonly Active[]>>;

  constructor(name: string, version: string, rules: readonly Rule[]) {
    this.#name = name;
    this.#version = version;
    this.#rules = rules;
    this.#active = activeOf(rules, new Map());
  }

  /** Each rule is a policy of its own to the engine, with its own level and schema of settings. */
  info(): messages.AnalyzerInfo {
    const policies = this.#rules.map((rule) => {
      const { name, description, enforcementLevel, configSchema } = toPolicy(rule);
      return new messages.PolicyInfo()
        .setName(name)
        .setDescription(description)
        .setEnforcementlevel(LEVELS[enforcementLevel])
        .setPolicyType(messages.PolicyType[rule.scope === "resource" ? "POLICY_TYPE_RESOURCE" : "POLICY_TYPE_STACK"])
        .setConfigschema(
          new messages.PolicyConfigSchema().setProperties(struct.Struct.fromJavaScript(configSchema.properties)),
        );
    });
    const info = new messages.AnalyzerInfo().setName(this.#name).setVersion(this.#version);
    return info.setSupportsconfig(true).setPoliciesList(policies);
  }

  configure(request: messages.ConfigureAnalyzerRequest): void {
    const given = [...request.getPolicyconfigMap().entries()];
    const chosen = given.map(([name, config]): [string, Chosen] => [
      name,
      { level: config.getEnforcementlevel(), settings: config.getProperties()?.toJavaScript() ?? {} },
    ]);
    this.#active = activeOf(this.#rules, new Map(chosen));
  }

  async analyze(request: Uint8Array): Promise<messages.AnalyzeResponse> {
    const resource = resourceFrom(request);
    const found: messages.AnalyzeDiagnostic[] = [];
    for (const active of this.#active.resource) found.push(...(await this.#judged(active, resource)));
    return new messages.AnalyzeResponse().setDiagnosticsList(found);
  }

  async analyzeStack(request: Uint8Array): Promise<messages.AnalyzeResponse> {
    const rules = this.#active.stack;
    const stack = rules.length === 0 ? [] : stackFrom(request);
    const found: messages.AnalyzeDiagnostic[] = [];
    for (const active of rules) {
      for (const resource of stack) {
        if (!active.rule.applies(resource)) continue;
        for (const one of await this.#judged(active, resource, stack)) found.push(one.setUrn(resource.urn ?? ""));
      }
    }
    return new messages.AnalyzeResponse().setDiagnosticsList(found);
  }

  /** Nothing is read where the environment has no rule mend anything. */
  remediate(request: Uint8Array): messages.RemediateResponse {
    const response = new messages.RemediateResponse();
    const rules = this.#active.resource.filter(({ level, rule }) => level === REMEDIATE && rule.remedy !== undefined);
    if (rules.length === 0) return response;
    const remediable = remediableFrom(request);
    for (const active of rules) {
      const done = this.#remedied(active, remediable);
      if (done !== undefined) response.addRemediations(done);
    }
    return response;
  }

  /** What a rule has changed, all or nothing; or what keeps it from it. */
  #remedied({ rule, settings }: Active, remediable: Remediable): messages.Remediation | undefined {
    const { resource } = remediable;
    const done = new messages.Remediation()
      .setPolicyname(rule.name)
      .setPolicypackname(this.#name)
      .setPolicypackversion(this.#version)
      .setDescription(rule.description);
    try {
      const changes = rule.remedy?.(resource, settings) ?? [];
      if (changes.length === 0) return undefined;
      const wire = structuredClone(remediable.wire);
      for (const change of changes) put(wire, change);
      remediable.wire = wire;
      return done.setProperties(struct.Struct.fromJavaScript(wire));
    } catch (error) {
      if (error instanceof NotDecided)
        return done.setDiagnostic(`${rule.name} cannot mend ${nameOf(resource)}: ${error.message}`);
      // The judgement that follows says so, and refuses.
      if (error instanceof WrongSettings || error instanceof Unreadable) return undefined;
      throw error;
    }
  }

  async #judged(
    { rule, level, settings }: Active,
    resource: Resource,
    stack: readonly Resource[] = [],
  ): Promise<messages.AnalyzeDiagnostic[]> {
    return (await judge(rule, resource, settings, stack)).map(({ message }) =>
      new messages.AnalyzeDiagnostic()
        .setPolicyname(rule.name)
        .setPolicypackname(this.#name)
        .setPolicypackversion(this.#version)
        .setDescription(rule.description)
        .setMessage(`${rule.description}\n${message}`)
        // What was to be mended and is still wrong is refused.
        .setEnforcementlevel(level === REMEDIATE ? MANDATORY : level),
    );
  }
}

function activeOf(
  rules: readonly Rule[],
  chosen: ReadonlyMap<string, Chosen>,
): Readonly<Record<Rule["scope"], readonly Active[]>> {
  const active = rules
    .map((rule) => ({ rule, ...(chosen.get(rule.name) ?? UNCHOSEN) }))
    .filter(({ level }) => level !== DISABLED);
  return {
    resource: active.filter(({ rule }) => rule.scope === "resource"),
    stack: active.filter(({ rule }) => rule.scope === "stack"),
  };
}
