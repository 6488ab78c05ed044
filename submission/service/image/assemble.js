// Lays out what the service's image holds: `node assemble.js FOLDER`. Plain JavaScript: it runs before anything is installed.
//
// Of the checkout's dependencies it keeps those that `orch serve` imports in a cluster (packages.json), in the versions that the lock
// file pins. Pulumi is not among them, and the embedded audit store, 540 MB, is not either: a cluster has a server.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const checkout = resolve(import.meta.dirname, "../../..");
const folder = process.argv[2];
if (folder === undefined) throw new Error("usage: node assemble.js FOLDER");

const read = (...path) => JSON.parse(readFileSync(join(...path), "utf8"));
const whole = read(checkout, "package.json");
const kept = read(import.meta.dirname, "packages.json");
const { name, version, type, license } = whole;
const dependencies = Object.fromEntries(kept.map((each) => [each, versionOf(each)]));

mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, "package.json"),
  `${JSON.stringify({ name, version, type, license, private: true, dependencies }, undefined, 2)}\n`,
);
cpSync(join(checkout, "package-lock.json"), join(folder, "package-lock.json"));
cpSync(join(checkout, "submission"), join(folder, "submission"), { recursive: true });

function versionOf(dependency) {
  const pinned = whole.dependencies[dependency];
  if (pinned === undefined) throw new Error(`packages.json names ${dependency}, which package.json does not`);
  return pinned;
}
