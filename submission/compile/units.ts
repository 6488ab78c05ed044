import type { DagNode, Retry } from "../spec/index.ts";
import { taskName } from "./names.ts";
import { userRetry } from "./retry.ts";
import type { Parameter, Task, Template } from "./workflow.ts";

/** A node on its way into the Workflow: the shape it shares with others, and the texts it does not. */
export interface Unit {
  readonly node: DagNode;
  /** Nodes with the same key have the same template but for their slots. */
  readonly key: string;
  /** Already carried (see `carry.ts`). */
  readonly slots: readonly string[];
  /** Parameter names of the slots; equal for nodes with the same key. */
  names(): readonly string[];
  build(name: string, text: readonly string[]): Template;
  readonly retry: Retry;
  /** Needs the number of the user's attempt as the parameter `attempt`: what it makes must not have been there before. */
  readonly numbered?: boolean;
}

export interface Shared {
  readonly templates: readonly Template[];
  /** In the order of the units. */
  readonly calls: readonly Call[];
}

/** What a node's task calls, and with what. */
export type Call = Pick<Task, "template" | "arguments">;

/** Name of the slot that holds the node's id. */
export const NODE_ID = "n";

/** Name of the number of the user's attempt, from 0. */
export const ATTEMPT = "attempt";

/**
 * One template per shape. Of the texts of a shape, those equal in all its nodes stand in the template, the others become parameters.
 * Names of shared templates begin with a digit: no node's task name does.
 */
export function share(units: readonly Unit[]): Shared {
  const shapes = new Map<string, number[]>();
  for (let at = 0; at < units.length; at++) {
    const { key } = units[at] as Unit;
    const shape = shapes.get(key);
    if (shape === undefined) shapes.set(key, [at]);
    else shape.push(at);
  }
  const templates: Template[] = [];
  const calls: Call[] = new Array(units.length);
  let number = 0;
  for (const places of shapes.values()) {
    const shape = places.map((at) => units[at] as Unit);
    const [first] = shape as [Unit, ...Unit[]];
    const name = shape.length === 1 ? taskName(first.node.id) : `${++number}-${first.node.kind.replaceAll("_", "-")}`;
    const text = [...first.slots];
    const names = first.names();
    const varying: number[] = [];
    const differs = differingSlots(shape);
    for (let i = 0; i < text.length; i++) {
      if (differs[i] === 0) continue;
      const parameter = names[i] as string;
      if (parameter === NODE_ID && isNamedByTask(shape)) text[i] = "{{tasks.name}}";
      else {
        text[i] = tag(parameter);
        varying.push(i);
      }
    }
    const leaf = first.build(name, text);
    const parameters: Parameter[] = varying.map((i) => ({ name: names[i] as string }));
    const template = attempts(templates, leaf, parameters, first);
    for (const at of places) {
      const { slots } = units[at] as Unit;
      const passed = varying.map((i): Parameter => ({ name: names[i] as string, value: slots[i] as string }));
      calls[at] = passed.length === 0 ? { template } : { template, arguments: { parameters: passed } };
    }
  }
  return { templates, calls };
}

/** By slot: 1 where the texts are not all the same. */
function differingSlots(shape: readonly Unit[]): Uint8Array {
  const [first] = shape as [Unit, ...Unit[]];
  const differs = new Uint8Array(first.slots.length);
  for (let n = 1; n < shape.length; n++) {
    const { slots } = shape[n] as Unit;
    for (let i = 0; i < differs.length; i++) if (differs[i] === 0 && slots[i] !== first.slots[i]) differs[i] = 1;
  }
  return differs;
}

/** Argo knows the name of the task it calls a template for: where that is the node's id, no parameter need say it. */
const isNamedByTask = (shape: readonly Unit[]): boolean =>
  shape.every(({ node }) => userRetry(node.retry) === undefined && taskName(node.id) === node.id);

/** Adds the template and, where the user's failures are retried, the one around it that counts them; returns the one to call. */
function attempts(
  templates: Template[],
  leaf: Template,
  parameters: readonly Parameter[],
  { retry, numbered }: Unit,
): string {
  const retryStrategy = userRetry(retry);
  const counted = retryStrategy !== undefined && numbered === true;
  const inputs = counted ? [...parameters, { name: ATTEMPT }] : parameters;
  const { name, ...rest } = leaf;
  templates.push({ name, ...(inputs.length === 0 ? {} : { inputs: { parameters: inputs } }), ...rest });
  if (retryStrategy === undefined) return name;
  const passed = parameters.map((parameter) => ({ name: parameter.name, value: tag(parameter.name) }));
  if (counted) passed.push({ name: ATTEMPT, value: "{{retries}}" });
  const outer = `0-${name}`;
  templates.push({
    name: outer,
    ...(parameters.length === 0 ? {} : { inputs: { parameters } }),
    retryStrategy,
    dag: {
      failFast: false,
      tasks: [{ name: "try", template: name, ...(passed.length === 0 ? {} : { arguments: { parameters: passed } }) }],
    },
  });
  return outer;
}

/** Whether several nodes share a template of this name. */
export const isShared = (template: string): boolean => /^(0-)?[1-9]/.test(template);

const tag = (parameter: string): string => `{{inputs.parameters.${parameter}}}`;
