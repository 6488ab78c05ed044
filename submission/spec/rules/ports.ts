import type { Findings } from "../findings.ts";
import { show } from "../findings.ts";
import { answerAncestry } from "../graph/ancestry.ts";
import type { LooseNode } from "../loose.ts";
import { didYouMean } from "../suggest.ts";
import type { Graph } from "./graph.ts";

/** Who makes what: one node per output; every input is an ancestor's output or a ref. */
export function checkPorts(
  nodes: readonly LooseNode[],
  graph: Graph,
  refs: Readonly<Record<string, unknown>>,
  refsKnown: boolean,
  findings: Findings,
): void {
  const producers = findProducers(nodes, refs, findings);
  // One entry per input that a node of this DAG produces: the node, which of its ins, and the producer.
  let most = 0;
  for (let i = 0; i < nodes.length; i++) most += nodes[i]?.ins?.length ?? 0;
  const asking = new Int32Array(most);
  const ports = new Int32Array(most);
  const asked = new Int32Array(most);
  let count = 0;
  for (let i = 0; i < nodes.length; i++) {
    const ins = nodes[i]?.ins;
    if (ins === undefined) continue;
    for (let port = 0; port < ins.length; port++) {
      const name = ins[port] as string;
      const producer = producers.get(name);
      if (producer !== undefined) {
        asking[count] = i;
        ports[count] = port;
        asked[count] = producer;
        count++;
      } else if (refsKnown && name !== "" && !Object.hasOwn(refs, name)) {
        const known = findings.areMany ? [] : [...producers.keys(), ...Object.keys(refs)];
        findings.add(
          "dag/unknown-input",
          ["nodes", i, "ins", port],
          `No node has ${show(name)} in its outs, and refs does not hold it.`,
          {
            suggestion:
              known.length === 0
                ? `Add ${name} to the outs of the node that makes it, or to refs.`
                : didYouMean(name, known),
          },
        );
      }
    }
  }
  if (count === 0) return;
  const queries = { ancestor: asked.subarray(0, count), node: asking.subarray(0, count) };
  const answers = answerAncestry(graph.topology, queries);
  for (let q = 0; q < answers.length; q++) {
    if (answers[q]) continue;
    const [node, port, producer] = [asking[q] as number, ports[q] as number, asked[q] as number];
    const name = nodes[node]?.ins?.[port] ?? "";
    const path = ["nodes", node, "ins", port];
    const from = nodes[producer]?.id ?? "";
    const to = nodes[node]?.id ?? "";
    if (node === producer) {
      findings.add("dag/input-not-upstream", path, `${show(name)} is an output of this node itself.`, {
        suggestion: "Rename the input or the output.",
      });
      continue;
    }
    const reversed =
      !findings.areMany && answerAncestry(graph.topology, { ancestor: [node], node: [producer] })[0] === true;
    findings.add("dag/input-not-upstream", path, `${show(name)} is made by ${from}, which does not run before ${to}.`, {
      suggestion: reversed
        ? `${from} runs after ${to}: turn the edges between them around.`
        : `Add the edge {from: ${from}, to: ${to}}.`,
    });
  }
}

function findProducers(
  nodes: readonly LooseNode[],
  refs: Readonly<Record<string, unknown>>,
  findings: Findings,
): ReadonlyMap<string, number> {
  const producers = new Map<string, number>();
  for (let i = 0; i < nodes.length; i++) {
    const outs = nodes[i]?.outs;
    if (outs === undefined) continue;
    for (let port = 0; port < outs.length; port++) {
      const name = outs[port] as string;
      if (name === "") continue;
      const first = producers.get(name);
      if (first === undefined) producers.set(name, i);
      else if (first !== i) {
        findings.add(
          "dag/duplicate-output",
          ["nodes", i, "outs", port],
          `${show(name)} is an output of ${nodes[first]?.id ?? `nodes[${first}]`} already.`,
          {
            suggestion: "Give every output a name of its own.",
          },
        );
        continue;
      }
      if (Object.hasOwn(refs, name)) {
        findings.add(
          "dag/output-is-ref",
          ["nodes", i, "outs", port],
          `${show(name)} is a ref too, so an input of that name could mean either.`,
          {
            suggestion: "Rename the output or the ref.",
          },
        );
      }
    }
  }
  return producers;
}
