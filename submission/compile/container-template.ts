import type { DagNode } from "../spec/index.ts";
import { inContainer, LEFT_BRACE, passesAsArgument } from "./carry.ts";
import { type Context, commonEnv } from "./context.ts";
import { upper } from "./names.ts";
import { runBase } from "./outputs.ts";
import { affinityOf, mayMove, type Placement, queueLabels, requirementsOf, tolerationsOf } from "./placement.ts";
import { CONTAINER_POD_PATCH, CONTAINER_SECURITY, MOUNTS } from "./pod-security.ts";
import type { Program } from "./program.ts";
import { resultOutput } from "./result.ts";
import { infrastructureRetry } from "./retry.ts";
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
    base: runBase(context.submission, context.profile.storage.uri),
    patch: CONTAINER_POD_PATCH,
  };
}

/**
 * A node that runs as a container of Argo's. Nodes of one shape (equal but for texts) share a template; the texts in which they differ
 * are its parameters. `slots` are those texts, in the order in which `build` asks for them.
 */
export function containerUnit(node: DagNode, program: Program, placement: Placement, setting: ContainerSetting): Unit {
  const { context, base } = setting;
  const ins = context.inputs(node);
  const outs = context.outputs(node);
  const names: string[] = [];
  const slots: string[] = [];
  const add = (name: string, text: string) => {
    names.push(name);
    slots.push(text);
  };
  const addAll = (prefix: string, texts: readonly string[]) => {
    for (let i = 0; i < texts.length; i++) add(prefix + nth(i), inContainer(texts[i] as string));
  };

  add(NODE_ID, node.id);
  const own = Object.keys(node.env).sort();
  addAll("c", program.command);
  addAll("a", program.args);
  addAll(
    "p",
    program.env.map(({ value }) => value),
  );
  addAll(
    "e",
    own.map((name) => node.env[name] ?? ""),
  );
  let shape = "";
  ins.forEach(({ name, place, snapshot }, i) => {
    add(`i${nth(i)}`, upper(name));
    add(`j${nth(i)}`, inContainer(place.rest));
    if (snapshot !== undefined) add(`s${nth(i)}`, inContainer(snapshot));
    shape += `${place.base === "" ? "-" : "r"}${snapshot === undefined ? "" : "s"}`;
  });
  outs.forEach(({ name, place }, i) => {
    add(`o${nth(i)}`, upper(name));
    add(`q${nth(i)}`, place.base === "" ? inContainer(place.rest) : name);
    shape += place.base === "" ? ">" : "R";
  });

  const key = [
    node.kind,
    program.image,
    placement.key,
    node.timeoutSeconds,
    node.retry.maxAttempts,
    node.retry.backoffSeconds,
    node.secrets.join(","),
    program.command.length,
    program.args.length,
    program.env.map(({ name }) => name).join(","),
    own.join(","),
    shape,
    passesAsArgument(slots.join("")) ? "" : node.id,
  ].join("|");

  const build = (name: string, text: readonly string[]): Template => {
    let at = 0;
    const next = () => text[at++] as string;
    const id = next();
    const command = program.command.map(next);
    const args = program.args.map(next);
    const env: EnvVar[] = [...setting.env];
    env.push({ name: "ORCH_NODE_ID", value: id });
    for (const { name } of program.env) env.push({ name, value: next() });
    const ownEnv = own.map((name) => ({ name, value: next() }));
    for (const { place, snapshot } of ins) {
      const upperName = next();
      env.push({ name: `ORCH_IN_${upperName}`, value: (place.base === "" ? "" : base) + next() });
      if (snapshot !== undefined) env.push({ name: `ORCH_SNAPSHOT_${upperName}`, value: next() });
    }
    for (const { place } of outs) {
      const upperName = next();
      env.push({ name: `ORCH_OUT_${upperName}`, value: place.base === "" ? next() : `${base}${id}/${next()}` });
    }
    env.push(...ownEnv);
    return containerTemplate(name, id, { image: program.image, command, args, env }, node, placement, setting);
  };
  return { node, key, names, slots, build, retry: node.retry };
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
