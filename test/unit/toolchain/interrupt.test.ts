import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { fakeGo, scratchFolder, untilGone } from "./fake-go.ts";

const door = join(import.meta.dirname, "../../../local/toolchain/index.ts");

describe("Ctrl-C during a build", () => {
  it("stops the compilers, cleans up, and ends the process by the same signal", async () => {
    const folder = await scratchFolder();
    const cacheDir = join(folder, "cache");
    const pidFile = join(folder, "compiler.pid");
    const go = await fakeGo({ build: `echo $$ > ${pidFile}; echo example.test/a >&2; sleep 600` });
    const script = join(folder, "build.mjs");
    await writeFile(
      script,
      `import { ensureTools } from ${JSON.stringify(door)};
await ensureTools(["etcd"], {
  cacheDir: ${JSON.stringify(cacheDir)},
  progress: (event) => event.kind === "compiling" && event.done === 1 && console.log("compiling"),
});`,
    );
    const child = spawn(process.execPath, [script], { env: go.env, stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    await once(createInterface({ input: child.stdout }), "line");
    child.kill("SIGINT");
    expect(await exited).toEqual([null, "SIGINT"]);
    await untilGone(Number(await readFile(pidFile, "utf8")));
    expect(await readdir(join(cacheDir, "etcd/3.6.7"))).toEqual([]);
  });
});
