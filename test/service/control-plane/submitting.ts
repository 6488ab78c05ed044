import { setTimeout as delay } from "node:timers/promises";

export interface Answer {
  readonly status: number;
  readonly body: { readonly submission_id?: string };
}

/** A small DAG under an id; `variant` makes another body. */
export function bodyFor(submissionId: string, variant = "a"): string {
  return JSON.stringify({
    dag_spec: {
      version: 1,
      pipeline_id: "exactly-once",
      nodes: [{ id: "only", kind: "python_task", image: "archetype/task:1.0.0", params: { variant } }],
      edges: [],
    },
    runtime_params: { submission_id: submissionId, env: "staging", labels: {}, secrets_scope: [], ttl_days: 1 },
  });
}

/** Once. Throws when there is no answer. */
export async function post(url: string, body: string): Promise<Answer> {
  const response = await fetch(`${url}/api/orch/submit`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

/** As a careful client does: the same again until there is an answer that is not "later". */
export async function postPatiently(url: () => string, body: string): Promise<Answer> {
  for (;;) {
    try {
      const answer = await post(url(), body);
      if (answer.status !== 503) return answer;
    } catch {
      // Cut off, or nobody there: whether it was accepted is not known, so it is sent again.
    }
    await delay(50);
  }
}

/** A generator of numbers from 0 to 1 that gives the same ones for a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
