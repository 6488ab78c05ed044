import { z } from "zod";
import { dagJsonSchema, platformProfile, refsJsonSchema, runtimeParamsJsonSchema } from "../../spec/index.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

export type SchemaName = "dag" | "params" | "refs" | "profile";

const SCHEMAS: Readonly<Record<SchemaName, () => Record<string, unknown>>> = {
  dag: dagJsonSchema,
  params: runtimeParamsJsonSchema,
  refs: refsJsonSchema,
  profile: () => ({ ...z.toJSONSchema(platformProfile, { io: "input" }), title: "PlatformProfile" }),
};

export async function schema(name: SchemaName, terminal: Terminal): Promise<ExitCode> {
  terminal.out(JSON.stringify(SCHEMAS[name](), null, 2));
  return EXIT.fine;
}
