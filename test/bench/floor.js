// The least any compiler has to do: JSON.parse of the input and JSON.stringify of the manifest. Plain JavaScript, nothing imported that is
// not needed. Having the manifest at hand is not part of the work: the time of loading it is told on standard error, to be subtracted.
import { readFileSync, writeSync } from "node:fs";

const [input, manifest] = process.argv.slice(2);
const before = performance.now();
const result = JSON.parse(readFileSync(manifest, "utf8"));
const loading = performance.now() - before;
JSON.parse(readFileSync(input, "utf8"));
writeSync(1, `${JSON.stringify(result)}\n`);
writeSync(2, String(loading));
