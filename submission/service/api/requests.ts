import type { z } from "zod";
import type { SourceText } from "../../spec/index.ts";
import {
  type PlanRequest,
  Rejection,
  type RerunRequest,
  type SubmitRequest,
  type Texts,
} from "../application/index.ts";
import { type BodyFields, bodyFields, parsedString, parsedValue } from "./body.ts";
import { planRequest, rerunRequest, submitRequest } from "./schema.ts";

/** From bodies to what the use cases take. Documents go on as texts: their one parse is the check's. */

/** What a request says outside its body. */
export interface Headers {
  readonly team: string | undefined;
  readonly traceparent: string | undefined;
}

const DOCUMENTS = ["dag_spec", "runtime_params", "refs"] as const;
type DocumentField = (typeof DOCUMENTS)[number];

const submitFields = submitRequest.pick({ team: true });
const rerunFields = rerunRequest.pick({ submission_id: true, from: true });
const planFields = planRequest.pick({ team: true, rerun_of: true, from: true, submission_id: true });

export function readSubmit(bytes: Buffer, headers: Headers): SubmitRequest {
  const body = new Body(bytes, Object.keys(submitRequest.shape));
  const { team } = body.rest(submitFields);
  const dag = body.needed("dag_spec");
  const params = body.needed("runtime_params");
  return { texts: { dag, params, refs: body.document("refs") }, team: oneTeam(team, headers.team), ...trace(headers) };
}

export function readRerun(bytes: Buffer, of: string, headers: Headers): RerunRequest {
  const body = new Body(bytes, Object.keys(rerunRequest.shape));
  const { submission_id, from } = body.rest(rerunFields);
  return { of, submissionId: submission_id, from, ...body.documents(), ...trace(headers) };
}

/** A plan of a submission, or of a rerun where it names one. */
export type ToPlan =
  | { readonly kind: "submit"; readonly request: PlanRequest }
  | { readonly kind: "rerun"; readonly request: RerunRequest };

export function readPlan(bytes: Buffer, headers: Headers): ToPlan {
  const body = new Body(bytes, Object.keys(planRequest.shape));
  const { team, rerun_of, from, submission_id } = body.rest(planFields);
  if (rerun_of !== undefined) {
    const request = { of: rerun_of, submissionId: submission_id, from, ...body.documents(), ...trace(headers) };
    return { kind: "rerun", request };
  }
  if (from !== undefined || submission_id !== undefined) {
    throw new Rejection("malformed", "from and submission_id are for a rerun: say of which submission in rerun_of.");
  }
  const texts: Texts = { ...body.documents(), dag: body.needed("dag_spec") };
  return { kind: "submit", request: { texts, team: oneTeam(team, headers.team) } };
}

class Body {
  readonly #fields: BodyFields;

  constructor(bytes: Buffer, known: readonly string[]) {
    this.#fields = bodyFields(bytes);
    for (const name of this.#fields.keys()) {
      if (known.includes(name)) continue;
      throw new Rejection(
        "malformed",
        `There is no field ${JSON.stringify(name.slice(0, 80))} here; there are ${known.join(", ")}.`,
      );
    }
  }

  /** Undefined: not given. A null is no document. */
  document(name: DocumentField): SourceText | undefined {
    const value = this.#fields.get(name);
    if (value === undefined || value === "null") return undefined;
    if (value.startsWith('"')) return { text: parsedString(value), source: name };
    return { text: value, source: name, format: "json" };
  }

  needed(name: DocumentField): SourceText {
    const given = this.document(name);
    if (given === undefined) throw new Rejection("malformed", `The body has no ${name}.`);
    return given;
  }

  documents(): { dag: SourceText | undefined; params: SourceText | undefined; refs: SourceText | undefined } {
    return { dag: this.document("dag_spec"), params: this.document("runtime_params"), refs: this.document("refs") };
  }

  /** The fields that are no documents. */
  rest<Schema extends z.ZodType>(schema: Schema): z.output<Schema> {
    const given: Record<string, unknown> = {};
    for (const [name, value] of this.#fields) {
      if (!DOCUMENTS.some((each) => each === name)) given[name] = parsedValue(name, value);
    }
    return parsed(schema, given);
  }
}

/** @throws Rejection with what is wrong, field by field */
export function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`,
  );
  throw new Rejection("malformed", wrong.slice(0, 10).join("; "));
}

const trace = ({ traceparent }: Headers) => ({ traceparent });

export function oneTeam(inBody: string | undefined, inHeader: string | undefined): string | undefined {
  if (inBody === undefined || inHeader === undefined || inBody === inHeader) return inBody ?? inHeader;
  throw new Rejection("malformed", "The field team and the header orch-team name two teams.");
}
