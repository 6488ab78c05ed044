import type { DagNode, Retry } from "../spec/index.ts";
import { inContainer, LEFT_BRACE, passesAsArgument } from "./carry.ts";
import { type Context, commonEnv } from "./context.ts";
import { runBase } from "./outputs.ts";
import { affinityOf, type Placement, queueLabels, requirementsOf, tolerationsOf } from "./placement.ts";
import { CONTAINER_POD_PATCH, CONTAINER_SECURITY, MOUNTS } from "./pod-security.ts";
import type { Program } from "./program.ts";
import { RESULT_PATH, resultOutput } from "./result.ts";
import { infrastructureRetry, spotUnlessLost } from "./retry.ts";
import { nodeTraceparentTag } from "./trace.ts";
import { NODE_ID, type Unit } from "./units.ts";
import type { EnvVar, Template } from "./workflow.ts";

/** Parameter names are short: each stands in every task. The first of a kind has no number. */
const nth = (i: number): string => (i === 0 ? "" : String(i));

/** What does not depend on the node: written once per submission. */
export interface ContainerSetting {
  readonly context: Context;
  readonly env: readonly EnvVar[];
  readonly base: string;
  readonly patch: string;
  readonly likeness: (node: DagNode, program: Program, placement: Placement) => Likeness;
}

/** What nodes have in common before anything of their own. */
interface Likeness {
  readonly kind: DagNode["kind"];
  readonly timeoutSeconds: number;
  readonly retry: Retry;
  readonly secrets: readonly string[];
  readonly program: Program;
  readonly placement: Placement;
  /** Equal where all of it is: its part of the key of a shape. */
  readonly number: number;
  /** The program's texts, carried. */
  readonly texts: readonly string[];
  /** All of them may be passed as arguments. */
  readonly pass: boolean;
}

export function containerSetting(context: Context): ContainerSetting {
  return {
    context,
    env: [
      LEFT_BRACE,
      ...commonEnv(context, ["ORCH_RESULT_PATH", RESULT_PATH]).map(({ name, value }) => ({
        name,
        value: inContainer(value),
      })),
    ],
    base: runBase(context.submission.params.submissionId, context.profile.storage.uri),
    patch: CONTAINER_POD_PATCH,
    likeness: likenesses(),
  };
}

/** Most nodes have it with the last one of their image: it is then not made again. */
function likenesses(): ContainerSetting["likeness"] {
  const lastOf = new Map<string, Likeness>();
  const numbers = new Map<string, number>();
  return (node, program, placement) => {
    const last = lastOf.get(program.image);
    if (last !== undefined && holdsFor(last, node, program, placement)) return last;
    const likeness = likenessOf(node, program, placement, numbers);
    lastOf.set(program.image, likeness);
    return likeness;
  };
}

/** By identity: what was not given is the same object in all nodes. */
function holdsFor(last: Likeness, node: DagNode, program: Program, placement: Placement): boolean {
  return (
    last.placement === placement &&
    last.program.command === program.command &&
    last.program.args === program.args &&
    last.program.env === program.env &&
    last.retry === node.retry &&
    last.secrets === node.secrets &&
    last.timeoutSeconds === node.timeoutSeconds &&
    last.kind === node.kind
  );
}

function likenessOf(node: DagNode, program: Program, placement: Placement, numbers: Map<string, number>): Likeness {
  const { kind, timeoutSeconds, retry, secrets } = node;
  const { command, args, env } = program;
  const texts = [...command, ...args, ...env.map(({ value }) => value)];
  const full =
    `${program.image}|${kind}|${placement.key}|${timeoutSeconds}|${retry.maxAttempts}|${retry.backoffSeconds}|${secrets.join()}|` +
    `${command.length}|${args.length}|${env.map(({ name }) => name).join()}`;
  const number = numbers.get(full) ?? numbers.size;
  numbers.set(full, number);
  const pass = texts.every(passesAsArgument);
  return { kind, timeoutSeconds, retry, secrets, program, placement, number, texts: texts.map(inContainer), pass };
}

/** A node that runs as a container of Argo's. What only the first of a shape needs is made when `share` asks for it. */
interface ContainerUnit extends Unit {
  readonly likeness: Likeness;
  readonly setting: ContainerSetting;
}

/**
 * Nodes of one shape (equal but for texts) share a template; the texts in which they differ are its parameters. `slots` are those texts, in
 * the order in which `names` names them and `build` asks for them.
 */
export function containerUnit(
  node: DagNode,
  program: Program,
  placement: Placement,
  setting: ContainerSetting,
): ContainerUnit {
  // Loops by index: most DAGs are over before these lines are compiled, and interpreted iterators are slow.
  const likeness = setting.likeness(node, program, placement);
  const { number, texts, pass } = likeness;
  const ownEnv = ownEnvOf(node);
  const slots = [node.id];
  for (let i = 0; i < texts.length; i++) slots.push(texts[i] as string);
  let alone = pass ? "" : node.id;
  for (let i = 0; i < ownEnv.length; i++) {
    if (!carry(node.env[ownEnv[i] as string] ?? "", slots)) alone = node.id;
  }
  // Names of nodes and ports hold nothing that would have to be carried.
  let shape = "";
  for (let i = 0; i < node.ins.length; i++) {
    const { upper, place, snapshot } = setting.context.port(node.ins[i] as string);
    const own = place.base !== "";
    slots.push(upper);
    if (own) slots.push(place.rest);
    else if (!carry(place.rest, slots)) alone = node.id;
    if (snapshot !== undefined && !carry(snapshot, slots)) alone = node.id;
    shape += own ? "-" : "r";
    if (snapshot !== undefined) shape += "s";
  }
  for (let i = 0; i < node.outs.length; i++) {
    const { name, upper, place } = setting.context.port(node.outs[i] as string);
    const own = place.base !== "";
    slots.push(upper);
    if (own) slots.push(name);
    else if (!carry(place.rest, slots)) alone = node.id;
    shape += own ? ">" : "R";
  }
  const key = `${number}|${ownEnv.join()}|${shape}|${alone}`;
  return { node, key, slots, names, build, retry: node.retry, likeness, setting };
}

/** Names of the node's own env, sorted. */
function ownEnvOf({ env }: DagNode): string[] {
  const names = Object.keys(env);
  return names.length > 1 ? names.sort() : names;
}

/** Whether the text may be passed as an argument. */
function carry(text: string, slots: string[]): boolean {
  slots.push(inContainer(text));
  return passesAsArgument(text);
}

function names(this: ContainerUnit): readonly string[] {
  const { node, setting } = this;
  const { program } = this.likeness;
  const { context } = setting;
  return [
    NODE_ID,
    ...program.command.map((_, i) => `c${nth(i)}`),
    ...program.args.map((_, i) => `a${nth(i)}`),
    ...program.env.map((_, i) => `p${nth(i)}`),
    ...ownEnvOf(node).map((_, i) => `e${nth(i)}`),
    ...context
      .inputs(node)
      .flatMap(({ snapshot }, i) => [`i${nth(i)}`, `j${nth(i)}`, ...(snapshot === undefined ? [] : [`s${nth(i)}`])]),
    ...context.outputs(node).flatMap((_, i) => [`o${nth(i)}`, `q${nth(i)}`]),
  ];
}

function build(this: ContainerUnit, name: string, text: readonly string[]): Template {
  const { node, setting } = this;
  const { program, placement } = this.likeness;
  const { context, base } = setting;
  let at = 0;
  const next = () => text[at++] as string;
  const id = next();
  const command = program.command.map(next);
  const args = program.args.map(next);
  const env: EnvVar[] = [...setting.env];
  env.push({ name: "ORCH_NODE_ID", value: id });
  env.push({ name: "TRACEPARENT", value: nodeTraceparentTag(context.submission.params.submissionId, id) });
  for (const each of program.env) env.push({ name: each.name, value: next() });
  const own = ownEnvOf(node).map((each) => ({ name: each, value: next() }));
  for (const { place, snapshot } of context.inputs(node)) {
    const upper = next();
    env.push({ name: `ORCH_IN_${upper}`, value: (place.base === "" ? "" : base) + next() });
    if (snapshot !== undefined) env.push({ name: `ORCH_SNAPSHOT_${upper}`, value: next() });
  }
  for (const { place } of context.outputs(node)) {
    const upper = next();
    env.push({ name: `ORCH_OUT_${upper}`, value: place.base === "" ? next() : `${base}${id}/${next()}` });
  }
  env.push(...own);
  return containerTemplate(name, id, { image: program.image, command, args, env }, node, placement, setting);
}

function containerTemplate(
  name: string,
  id: string,
  program: Program,
  node: DagNode,
  placement: Placement,
  { context, patch }: ContainerSetting,
): Template {
  const { profile, team } = context;
  const attempts = profile.infrastructureAttempts;
  const tolerations = tolerationsOf(placement);
  const retryStrategy = infrastructureRetry(attempts);
  const secrets = node.secrets.map((scope) => {
    const secret = team.secretScopes[scope]?.secret;
    if (secret === undefined) throw new Error(`secret scope ${scope} is not in the profile`);
    return { secretRef: { name: secret } };
  });
  return {
    name,
    ...resultOutput(context, id),
    metadata: { labels: { node_id: id, ...queueLabels(placement) } },
    ...(retryStrategy === undefined ? {} : { retryStrategy }),
    activeDeadlineSeconds: node.timeoutSeconds,
    affinity: affinityOf(placement, profile, attempts > 0 ? spotUnlessLost(attempts) : undefined),
    ...(tolerations.length === 0 ? {} : { tolerations }),
    priorityClassName: placement.priorityClass,
    podSpecPatch: patch,
    container: {
      image: program.image,
      command: program.command,
      args: program.args,
      env: program.env,
      ...(secrets.length === 0 ? {} : { envFrom: secrets }),
      resources: requirementsOf(node),
      securityContext: CONTAINER_SECURITY,
      volumeMounts: MOUNTS,
    },
  };
}
