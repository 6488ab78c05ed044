import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto";
import { z } from "zod";
import { type PropertyMap, Secret } from "../protocol/values.ts";
import { ADJECTIVES, NAMES } from "./words.ts";

/** One resource type of the package `random`. */
export interface RandomKind {
  schema: z.ZodObject;
  /** Outputs that are drawn, unknown in a preview. */
  results: string[];
  draw(args: Record<string, unknown>): { id: string; outputs: PropertyMap };
}

const keepers = z.record(z.string(), z.string()).optional();
const count = z.int().nonnegative();

const text = z.object({
  length: z.int().min(1).max(1024),
  lower: z.boolean().default(true),
  upper: z.boolean().default(true),
  numeric: z.boolean().optional(),
  number: z.boolean().optional(),
  special: z.boolean().default(true),
  overrideSpecial: z.string().optional(),
  minLower: count.default(0),
  minUpper: count.default(0),
  minNumeric: count.default(0),
  minSpecial: count.default(0),
  keepers,
});

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

function define<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  results: string[],
  draw: (args: z.infer<z.ZodObject<Shape>>) => { id: string; outputs: PropertyMap },
): RandomKind {
  return { schema, results, draw: (args) => draw(schema.parse(args)) };
}

/** Type token to kind. Results are secret where the real provider's are. */
export const KINDS: Record<string, RandomKind> = {
  "random:index/randomString:RandomString": define(text, ["result"], (args) => {
    const result = drawText(args);
    return { id: result, outputs: { ...completed(args), result } };
  }),
  "random:index/randomPassword:RandomPassword": define(text, ["result"], (args) => ({
    id: "none",
    outputs: { ...completed(args), result: new Secret(drawText(args)) },
  })),
  "random:index/randomBytes:RandomBytes": define(
    z.object({ length: z.int().min(1).max(65_536), keepers }),
    ["base64", "hex"],
    (args) => {
      const bytes = randomBytes(args.length);
      return {
        id: "none",
        outputs: { base64: new Secret(bytes.toString("base64")), hex: new Secret(bytes.toString("hex")) },
      };
    },
  ),
  "random:index/randomId:RandomId": define(
    z.object({ byteLength: z.int().min(1).max(1024), prefix: z.string().optional(), keepers }),
    ["b64Std", "b64Url", "dec", "hex"],
    (args) => {
      const bytes = randomBytes(args.byteLength);
      const prefix = args.prefix ?? "";
      const id = bytes.toString("base64url");
      const outputs = {
        b64Url: prefix + id,
        b64Std: prefix + bytes.toString("base64"),
        hex: prefix + bytes.toString("hex"),
        dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
      };
      return { id, outputs };
    },
  ),
  "random:index/randomUuid:RandomUuid": define(z.object({ keepers }), ["result"], () => {
    const result = randomUUID();
    return { id: result, outputs: { result } };
  }),
  "random:index/randomInteger:RandomInteger": define(
    z
      .object({ min: z.int(), max: z.int(), seed: z.string().optional(), keepers })
      .refine((args) => args.min <= args.max, { path: ["max"], message: "must not be below min" }),
    ["result"],
    (args) => {
      const result =
        args.seed === undefined
          ? randomInt(args.min, args.max + 1)
          : args.min + (seeded(args.seed)() % (args.max - args.min + 1));
      return { id: String(result), outputs: { result } };
    },
  ),
  "random:index/randomPet:RandomPet": define(
    z.object({
      length: z.int().min(1).max(16).default(2),
      prefix: z.string().optional(),
      separator: z.string().default("-"),
      keepers,
    }),
    [],
    (args) => {
      const words = Array.from({ length: args.length }, (_, index) =>
        pick(index === args.length - 1 ? NAMES : ADJECTIVES),
      );
      const id = [...(args.prefix === undefined ? [] : [args.prefix]), ...words].join(args.separator);
      return { id, outputs: { length: args.length, separator: args.separator } };
    },
  ),
  "random:index/randomShuffle:RandomShuffle": define(
    z.object({ inputs: z.array(z.string()), resultCount: count.optional(), seed: z.string().optional(), keepers }),
    ["results"],
    (args) => {
      const next = args.seed === undefined ? () => randomInt(2 ** 32) : seeded(args.seed);
      const wanted = args.inputs.length === 0 ? 0 : (args.resultCount ?? args.inputs.length);
      const results: string[] = [];
      while (results.length < wanted) results.push(...shuffled(args.inputs, next).slice(0, wanted - results.length));
      return { id: "-", outputs: { results } };
    },
  ),
};

/** The arguments with their defaults, as the real provider reports them. */
function completed(args: z.infer<typeof text>): PropertyMap {
  const numeric = args.numeric ?? args.number ?? true;
  const { lower, upper, special, minLower, minUpper, minNumeric, minSpecial } = args;
  return { lower, upper, special, numeric, number: numeric, minLower, minUpper, minNumeric, minSpecial };
}

function drawText(args: z.infer<typeof text>): string {
  const special = args.overrideSpecial ?? SPECIAL;
  const classes: [boolean, string, number][] = [
    [args.lower, LOWER, args.minLower],
    [args.upper, LOWER.toUpperCase(), args.minUpper],
    [args.numeric ?? args.number ?? true, DIGITS, args.minNumeric],
    [args.special, special, args.minSpecial],
  ];
  const alphabet = classes.map(([wanted, characters]) => (wanted ? characters : "")).join("");
  const required = classes.flatMap(([, characters, minimum]) =>
    Array.from({ length: minimum }, () => pick(characters)),
  );
  if (required.length > args.length)
    throw new Error(`length ${args.length} is shorter than the sum of the minimums, ${required.length}`);
  if (alphabet === "" && required.length < args.length)
    throw new Error("no kind of character is allowed: set lower, upper, numeric or special");
  const rest = Array.from({ length: args.length - required.length }, () => pick(alphabet));
  return shuffled([...required, ...rest], () => randomInt(2 ** 32)).join("");
}

function pick(from: string | string[]): string {
  return from[randomInt(from.length)] ?? "";
}

function shuffled(items: string[], next: () => number): string[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index--) {
    const other = next() % (index + 1);
    [result[index], result[other]] = [result[other] ?? "", result[index] ?? ""];
  }
  return result;
}

/** The same numbers for the same seed (not those of the real provider, whose generator is Go's). */
function seeded(seed: string): () => number {
  let round = 0;
  return () => createHash("sha256").update(`${seed}:${round++}`).digest().readUInt32BE(0);
}
