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
      },
      rounds,
    );
    const resources = Number(/\+ (\d+) to create/.exec(readFileSync(output, "utf8"))?.[1]);
    return { programStart: median(taken.programStart), preview: median(taken.preview), resources };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The program itself needs an engine to talk to: what it imports does not. */
const ROOMS = join(CHECKOUT, "stacks/platform/rooms");
const IMPORTS = readdirSync(ROOMS)
  .map((file) => `import ${JSON.stringify(join(ROOMS, file))};`)
  .join("\n");
