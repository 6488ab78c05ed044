import { expect, test } from "vitest";
import { memoryShares } from "../../../local/cluster/host.ts";

const GIB = 1024 ** 3;

test.each([
  { host: "a small laptop", bytes: 4 * GIB, apiserverMib: 1024, otherMib: 256 },
  { host: "a laptop", bytes: 16 * GIB, apiserverMib: 3276, otherMib: 819 },
  { host: "a server", bytes: 256 * GIB, apiserverMib: 4096, otherMib: 1024 },
])(
  "on $host the API server may hold $apiserverMib MiB, each other process $otherMib",
  ({ bytes, apiserverMib, otherMib }) => {
    expect(memoryShares(bytes)).toEqual({ apiserverMib, otherMib });
  },
);
