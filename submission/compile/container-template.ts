import type { DagNode } from "../spec/index.ts";
import { inContainer, LEFT_BRACE, passesAsArgument } from "./carry.ts";
import { type Context, commonEnv, type Port } from "./context.ts";
import { runBase } from "./outputs.ts";
import { affinityOf, mayMove, type Placement, queueLabels, requirementsOf, tolerationsOf } from "./placement.ts";
import { CONTAINER_POD_PATCH, CONTAINER_SECURITY, MOUNTS } from "./pod-security.ts";
import type { Program } from "./program.ts";
import { resultOutput } from "./result.ts";
import { infrastructureRetry } from "./retry.ts";
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
}

export function containerSetting(context: Context): ContainerSetting {
  return {
    context,
    env: [LEFT_BRACE, ...commonEnv(context).map(({ name, value }) => ({ name, value: inContainer(value) }))],
    base: runBase(context.submission.params.submissionId, context.profile.storage.uri),
    patch: CONTAINER_POD_PATCH,
  };
}

/** A node that runs as a container of Argo's. What only the first of a shape needs is made when `share` asks for it. */
interface ContainerUnit extends Unit {
  readonly program: Program;
  readonly placement: Placement;
  readonly setting: ContainerSetting;
  /** Names of the node's own env, sorted. */
  readonly ownEnv: readonly string[];
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
  const ownEnv = Object.keys(node.env).sort();
  const slots = [node.id];
  let alone = "";
  const add = (text: string) => {
    if (!passesAsArgument(text)) alone = node.id;
    slots.push(inContainer(text));
  };
  program.command.forEach(add);
  program.args.forEach(add);
  let programEnv = "";
  for (let i = 0; i < program.env.length; i++) {
    const { name, value } = program.env[i] as EnvVar;
    programEnv += `${name},`;
    add(value);
  }
  for (let i = 0; i < ownEnv.length; i++) add(node.env[ownEnv[i] as string] ?? "");
  // Names of nodes and ports hold nothing that would have to be carried.
  let shape = "";
  const ins = setting.context.inputs(node);
  for (let i = 0; i < ins.length; i++) {
    const { upper, place, snapshot } = ins[i] as Port;
    const own = place.base !== "";
    slots.push(upper);
    if (own) slots.push(place.rest);
    else add(place.rest);
    if (snapshot !== undefined) add(snapshot);
    shape += `${own ? "r" : "-"}${snapshot === undefined ? "" : "s"}`;
  }
  const outs = setting.context.outputs(node);
  for (let i = 0; i < outs.length; i++) {
    const { name, upper, place } = outs[i] as Port;
    const own = place.base !== "";
    slots.push(upper);
    if (own) slots.push(name);
    else add(place.rest);
    shape += own ? "R" : ">";
  }

  const { kind, timeoutSeconds, retry, secrets } = node;
  const key =
    `${kind}|${program.image}|${placement.key}|${timeoutSeconds}|${retry.maxAttempts}|${retry.backoffSeconds}|${secrets.join()}|` +
    `${program.command.length}|${program.args.length}|${programEnv}|${ownEnv.join()}|${shape}|${alone}`;
  return { node, key, slots, names, build, retry, program, placement, setting, ownEnv };
}

function names(this: ContainerUnit): readonly string[] {
  const {
    node,
    program,
    ownEnv,
    setting: { context },
  } = this;
  return [
    NODE_ID,
    ...program.command.map((_, i) => `c${nth(i)}`),
    ...program.args.map((_, i) => `a${nth(i)}`),
    ...program.env.map((_, i) => `p${nth(i)}`),
    ...ownEnv.map((_, i) => `e${nth(i)}`),
    ...context
      .inputs(node)
      .flatMap(({ snapshot }, i) => [`i${nth(i)}`, `j${nth(i)}`, ...(snapshot === undefined ? [] : [`s${nth(i)}`])]),
    ...context.outputs(node).flatMap((_, i) => [`o${nth(i)}`, `q${nth(i)}`]),
  ];
}

function build(this: ContainerUnit, name: string, text: readonly string[]): Template {
  const { node, program, ownEnv, placement, setting } = this;
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
  const own = ownEnv.map((each) => ({ name: each, value: next() }));
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
  const moves = attempts > 0 && mayMove(placement);
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
    affinity: affinityOf(placement, profile, moves ? attempts : undefined),
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
