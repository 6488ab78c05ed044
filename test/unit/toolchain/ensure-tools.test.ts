import { chmod, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ToolchainEvent } from "../../../local/toolchain/index.ts";
import { ensureTools } from "../../../local/toolchain/index.ts";
import { UserError } from "../../../submission/spec/user-error.ts";
import { buildsPrograms, fakeGo, scratchFolder, untilGone, writeProgram } from "./fake-go.ts";

const silent = () => undefined;

async function failure(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

describe("making tools ready", () => {
  it("builds what is missing, once, and finds it in the cache afterwards without asking Go", async () => {
    const go = await fakeGo();
    const cacheDir = await scratchFolder();
    const events: ToolchainEvent[] = [];
    const first = await ensureTools(["etcd", "kwok"], {
      cacheDir,
      env: go.env,
      progress: (event) => events.push(event),
    });
    expect(first.etcd).toEqual({ path: join(cacheDir, "etcd/3.6.7/etcd"), version: "3.6.7", source: "built" });
    expect(await readFile(first.etcd.path, "utf8")).toBe("program go.etcd.io/etcd/server/v3\n");
    expect((await stat(first.etcd.path)).mode & 0o111).toBe(0o111);
    expect(events.filter(({ kind }) => kind === "built")).toHaveLength(2);
    expect(events).toContainEqual({ kind: "downloading", build: "etcd", modules: 1, latest: "example.test/a" });
    expect(events).toContainEqual({ kind: "compiling", build: "etcd", done: 1, total: 2 });

    const calls = (await go.calls()).length;
    const second = await ensureTools(["etcd", "kwok"], { cacheDir, env: go.env, progress: silent });
    expect(second.kwok).toEqual({ path: first.kwok.path, version: "0.7.0", source: "cache" });
    expect(await go.calls()).toHaveLength(calls);
    expect((await readdir(join(cacheDir, "etcd/3.6.7"))).sort()).toEqual([".receipt.json", "etcd"]);
  });

  it("builds the programs of one module together, and adds a further one later", async () => {
    const go = await fakeGo();
    const cacheDir = await scratchFolder();
    await ensureTools(["kube-scheduler", "kube-apiserver"], { cacheDir, env: go.env, progress: silent });
    const builds = async () => (await go.calls()).filter((call) => call.startsWith("build"));
    expect(await builds()).toHaveLength(1);
    await ensureTools(["kubectl"], { cacheDir, env: go.env, progress: silent });
    const all = await ensureTools(["kube-scheduler", "kube-apiserver", "kubectl"], {
      cacheDir,
      env: go.env,
      progress: silent,
    });
    expect(await builds()).toHaveLength(2);
    expect(Object.values(all).map(({ source }) => source)).toEqual(["cache", "cache", "cache"]);
  });

  it("prefers a right version on PATH to the cache and to a build", async () => {
    const go = await fakeGo();
    const cacheDir = await scratchFolder();
    await ensureTools(["etcd"], { cacheDir, env: go.env, progress: silent });
    const own = await writeProgram(go.folder, "etcd", "echo etcd Version: 3.6.4");
    const ready = await ensureTools(["etcd"], { cacheDir, env: go.env, progress: silent });
    expect(ready.etcd).toEqual({ path: own, version: "3.6.4", source: "path" });
    const hidden = await ensureTools(["etcd"], { cacheDir, env: go.env, progress: silent, path: "off" });
    expect(hidden.etcd.source).toBe("cache");
  });

  it("asks a program on PATH for its version once, and again when the file has changed", async () => {
    const go = await fakeGo();
    const cacheDir = await scratchFolder();
    await writeProgram(go.folder, "etcd", "echo etcd Version: 3.6.4");
    const asked: string[] = [];
    const ask = async (file: string) => {
      asked.push(file);
      return readFile(file, "utf8");
    };
    const options = { cacheDir, env: go.env, progress: silent, ask };
    await ensureTools(["etcd"], options);
    await ensureTools(["etcd"], options);
    expect(asked).toHaveLength(1);
    await writeProgram(go.folder, "etcd", "echo etcd Version: 3.6.11");
    expect((await ensureTools(["etcd"], options)).etcd.version).toBe("3.6.11");
    expect(asked).toHaveLength(2);
  });

  it("builds again what is cut off in the cache or was made from other pins", async () => {
    const go = await fakeGo();
    const cacheDir = await scratchFolder();
    const { etcd } = await ensureTools(["etcd"], { cacheDir, env: go.env, progress: silent });
    await writeFile(etcd.path, "cut off");
    expect((await ensureTools(["etcd"], { cacheDir, env: go.env, progress: silent })).etcd.source).toBe("built");
    const receipt = join(cacheDir, "etcd/3.6.7/.receipt.json");
    await writeFile(receipt, (await readFile(receipt, "utf8")).replace(/"fingerprint": "./, '"fingerprint": "other'));
    expect((await ensureTools(["etcd"], { cacheDir, env: go.env, progress: silent })).etcd.source).toBe("built");
  });

  it("lets only one of two at a time build a tool, and the other one waits and shows it", async () => {
    const cacheDir = await scratchFolder();
    const gate = join(cacheDir, "gate");
    const go = await fakeGo({ build: `while [ ! -e ${gate} ]; do sleep 0.05; done\n  ${buildsPrograms}` });
    const building = Promise.withResolvers<void>();
    const first = ensureTools(["etcd"], {
      cacheDir,
      env: go.env,
      progress: (event) => event.kind === "compiling" && building.resolve(),
    });
    await building.promise;
    const waiting = Promise.withResolvers<void>();
    const second = ensureTools(["etcd"], {
      cacheDir,
      env: go.env,
      progress: (event) => event.kind === "waiting" && waiting.resolve(),
    });
    await waiting.promise;
    await writeFile(gate, "");
    expect((await first).etcd.path).toBe((await second).etcd.path);
    expect((await go.calls()).filter((call) => call.startsWith("build"))).toHaveLength(1);
  });

  it("stops the compilers on abort and leaves a cache from which the next call goes on", async () => {
    const cacheDir = await scratchFolder();
    const pidFile = join(cacheDir, "compiler.pid");
    const hanging = await fakeGo({ build: `sh -c 'echo $$ > ${pidFile}; echo example.test/a >&2; sleep 600'` });
    const controller = new AbortController();
    const stopped = ensureTools(["etcd"], {
      cacheDir,
      env: hanging.env,
      signal: controller.signal,
      progress: (event) => event.kind === "compiling" && event.done === 1 && controller.abort(new Error("stop it")),
    });
    await expect(stopped).rejects.toThrow("stop it");
    await untilGone(Number(await readFile(pidFile, "utf8")));
    expect(await readdir(join(cacheDir, "etcd/3.6.7"))).toEqual([]);
    const go = await fakeGo();
    expect((await ensureTools(["etcd"], { cacheDir, env: go.env, progress: silent })).etcd.source).toBe("built");
  });
});

describe("what cannot be made ready", () => {
  it("says which tools need Go and what to install when there is none", async () => {
    const empty = await scratchFolder();
    const error = await failure(
      ensureTools(["etcd", "kube-apiserver"], {
        cacheDir: await scratchFolder(),
        env: { PATH: empty },
        progress: silent,
      }),
    );
    expect(error.message).toBe("Go is not on PATH, and it is needed to build etcd 3.6.7 and kube-apiserver 1.35.0.");
    expect(error.hint).toContain("Install Go 1.26 or later");
    expect(error.exitCode).toBe(2);
  });

  it("says that Go is too old when it may not fetch a newer one", async () => {
    const go = await fakeGo({ version: "1.25.3", toolchain: "local" });
    const error = await failure(
      ensureTools(["kwok"], { cacheDir: await scratchFolder(), env: go.env, progress: silent }),
    );
    expect(error.message).toBe("Go 1.25.3 is too old to build kwok 0.7.0: Go 1.26 or later is needed.");
  });

  it("asks for the Go of the tool that needs the newest, and of no other", async () => {
    const go = await fakeGo({ version: "1.26.2", toolchain: "local" });
    const options = { cacheDir: await scratchFolder(), env: go.env, progress: silent };
    expect((await ensureTools(["opa"], options)).opa.source).toBe("built");
    const error = await failure(ensureTools(["opa", "conftest"], options));
    expect(error.message).toBe("Go 1.26.2 is too old to build conftest 0.71.1: Go 1.26.8 or later is needed.");
  });

  it("lets an older Go that fetches newer ones go on", async () => {
    const go = await fakeGo({ version: "1.22.4", toolchain: "auto" });
    const ready = await ensureTools(["kwok"], { cacheDir: await scratchFolder(), env: go.env, progress: silent });
    expect(ready.kwok.source).toBe("built");
  });

  it("shows the tool, the reason and the compiler's last lines when a build fails", async () => {
    const go = await fakeGo({
      build: `echo example.test/a >&2; echo '# example.test/b' >&2; echo 'b.go:3:2: undefined: unix.Frob' >&2; exit 1`,
    });
    const cacheDir = await scratchFolder();
    const error = await failure(ensureTools(["kwok"], { cacheDir, env: go.env, progress: silent }));
    expect(error.message).toBe(
      "Building kwok 0.7.0 failed: Go reports an error.\n  # example.test/b\n  b.go:3:2: undefined: unix.Frob",
    );
    expect(await readdir(join(cacheDir, "kwok/0.7.0"))).toEqual([]);
  });

  it("stops the other builds when one fails", async () => {
    const go = await fakeGo({
      build: `case "$*" in *etcd*) exit 1;; *) sleep 600;; esac`,
    });
    const error = await failure(
      ensureTools(["etcd", "kwok"], { cacheDir: await scratchFolder(), env: go.env, progress: silent }),
    );
    expect(error.message).toContain("etcd 3.6.7");
  });

  it("names the folder and ORCH_CACHE when the cache cannot be made", async () => {
    const file = join(await scratchFolder(), "a-file");
    await writeFile(file, "");
    const go = await fakeGo();
    const error = await failure(
      ensureTools(["kwok"], { cacheDir: join(file, "cache"), env: go.env, progress: silent }),
    );
    expect(error.message).toContain(`The tool cache ${join(file, "cache")} cannot be written`);
    expect(error.hint).toContain("ORCH_CACHE");
  });

  it("is not troubled by a cache that holds something unreadable", async () => {
    const go = await fakeGo();
    const cacheDir = await scratchFolder();
    await writeFile(join(cacheDir, "versions-on-path.json"), "{");
    await chmod(join(cacheDir, "versions-on-path.json"), 0o600);
    const { kwok } = await ensureTools(["kwok"], { cacheDir, env: go.env, progress: silent });
    await writeFile(join(cacheDir, "kwok/0.7.0/.receipt.json"), '{"version": 1}');
    expect((await ensureTools(["kwok"], { cacheDir, env: go.env, progress: silent })).kwok.source).toBe("built");
    await rm(kwok.path);
    expect((await ensureTools(["kwok"], { cacheDir, env: go.env, progress: silent })).kwok.source).toBe("built");
  });
});
