import { expect, test } from "vitest";
import { apiserverMemoryMib } from "../../../local/cluster/host.ts";

const GIB = 1024 ** 3;

test.each([
  { host: "a small laptop", bytes: 4 * GIB, mib: 1024 },
  { host: "a laptop", bytes: 16 * GIB, mib: 3276 },
  { host: "a server", bytes: 256 * GIB, mib: 4096 },
])("on $host the API server may hold $mib MiB before it collects at any price", ({ bytes, mib }) => {
  expect(apiserverMemoryMib(bytes)).toBe(mib);
});
