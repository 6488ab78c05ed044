#!/usr/bin/env node
// Plain JavaScript on purpose: the node on PATH may be too old to run TypeScript, and must still be able to say so or to hand over.
import module from "node:module";

const OLDEST_NODE = [22, 18];
/** The first Node whose V8 has a quick compiler (Maglev) between the first one and the one that optimises most. */
const QUICK_COMPILER = 24;
/** Commands that only read documents, over within a second, and what of Node they need that a start does not bring. */
const SHORT = { validate: [], compile: ["node:crypto"], plan: ["node:crypto"] };
/** The most that optimising could give back comes after such a command's end, and costs it a sixth of the processor's time. */
const UNOPTIMISED = "--no-opt";
/**
 * Of what a command makes of a document, some twenty times its size, it needs nearly all to its end. V8 begins with a young space of 1 MB
 * and would double it again and again, and copy what is in it each time. Powers of two: for each other set of flags code is kept anew.
 */
const roomFor = (bytes) =>
  `--semi-space-growth-factor=${Math.min(64, 2 ** Math.ceil(Math.log2((bytes * 25) / 1_000_000)))}`;
/** Bytes from which on that is worth the time of getting the space. */
const LARGE = 250_000;
/** Where the rooms lie whose files import each other. */
const OWN = new URL("../../", import.meta.url).href;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const runsTypeScript = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);

if (runsTypeScript) {
  if (major >= QUICK_COMPILER && Object.hasOwn(SHORT, process.argv[2] ?? "")) {
    const { setFlagsFromString } = process.getBuiltinModule("node:v8");
    // First: the code of Node's own modules is kept for the flags that Node was built with, and is compiled anew under others.
    for (const name of SHORT[process.argv[2]]) process.getBuiltinModule(name);
    setFlagsFromString(UNOPTIMISED);
    const largest = Math.max(...process.argv.slice(3).map(sizeOf));
    if (largest >= LARGE) setFlagsFromString(roomFor(largest));
  }
  module.enableCompileCache?.();
  module.registerHooks?.({ resolve: resolveOwn });
  const { main } = await import("./main.ts");
  await main(process.argv.slice(2));
} else {
  await handOver(`${import.meta.dirname}/../../node_modules/node/bin/node`);
}

/** Of the file that a word of the command line names, in bytes; 0 when it names none. */
function sizeOf(word) {
  const { existsSync, statSync } = process.getBuiltinModule("node:fs");
  return existsSync(word) ? statSync(word).size : 0;
}

/**
 * Imports between our own files name the file exactly. So Node need not look for it, its real path and its package.json: for a hundred
 * small files that is a fifth of a start.
 */
function resolveOwn(specifier, context, resolveNext) {
  if (specifier.startsWith(".") && specifier.endsWith(".ts") && context.parentURL?.startsWith(OWN)) {
    return { url: new URL(specifier, context.parentURL).href, format: "module-typescript", shortCircuit: true };
  }
  return resolveNext(specifier, context);
}

/** Runs this file again under the Node that `npm ci` brought, with the same streams, signals and exit code. */
async function handOver(node) {
  const { spawn } = await import("node:child_process");
  const { existsSync } = await import("node:fs");
  const { constants } = await import("node:os");
  if (!existsSync(node)) {
    process.stderr.write(
      `orch: Node ${OLDEST_NODE.join(".")} or later is needed, this is ${process.version}.\n` +
        "hint: run `npm ci` in the checkout once; it brings the right Node along.\n",
    );
    process.exitCode = 2;
    return;
  }
  const child = spawn(node, [import.meta.filename, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // On a terminal the whole group gets Ctrl-C at once; a second one from here would cut the child's clean-up short.
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  child.on("error", (error) => {
    process.stderr.write(`orch: ${node} does not start: ${error.message}\n`);
    process.exitCode = 2;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
