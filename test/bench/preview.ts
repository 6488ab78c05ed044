import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { interleaved, measure, median } from "./measured-process.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const ENGINE = join(CHECKOUT, "local/engine/cli.ts");

export interface PreviewFigures {
  /** Milliseconds until everything that the program of the platform imports is there. */
  readonly programStart: number;
  /** Milliseconds of a first `pulumi preview` of prod, from the command to its end. */
  readonly preview: number;
  /** Milliseconds that all policy packs with production's settings add to it. */
  readonly policies: number;
  /** Resources in it. */
  readonly resources: number;
}

/** What a preview of production costs, with providers that ask nobody; the engine is built already. */
export function previewFigures(rounds: number): PreviewFigures {
  const folder = mkdtempSync(join(tmpdir(), "orch-bench-preview-"));
  const output = join(folder, "preview.txt");
  const env = { ORCH_PLUGINS: "ours", NODE_COMPILE_CACHE: join(folder, "compiled") };
  const preview = ["preview", "--stack", "prod", "--state", join(folder, "state"), "--non-interactive"];
  try {
    const taken = interleaved(
      {
        programStart: () => measure(process.execPath, ["--input-type=module", "-e", IMPORTS], "/dev/null", env).millis,
        preview: () => measure(process.execPath, [ENGINE, ...preview], output, env).millis,
        judged: () => measure(process.execPath, [ENGINE, ...preview, ...PACKS], output, env).millis,
      },
      rounds,
    );
    const resources = Number(/\+ (\d+) to create/.exec(readFileSync(output, "utf8"))?.[1]);
    const [previewed, judged] = [median(taken.preview), median(taken.judged)];
    return { programStart: median(taken.programStart), preview: previewed, policies: judged - previewed, resources };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As `npm run check:pr` gives them to the engine; a bench that a pack refuses fails. */
const PACKS = ["platform", "quota", "promotion"].flatMap((pack) => [
  "--policy-pack",
  join(CHECKOUT, "policies", pack),
  "--policy-pack-config",
  join(CHECKOUT, "policies", pack, "config/prod.json"),
]);

/** The program itself needs an engine to talk to: what it imports does not. */
const ROOMS = join(CHECKOUT, "stacks/platform/rooms");
const IMPORTS = readdirSync(ROOMS)
  .map((file) => `import ${JSON.stringify(join(ROOMS, file))};`)
  .join("\n");
