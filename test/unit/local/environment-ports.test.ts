import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { choosePorts, PORT_NAMES } from "../../../local/cluster/ports.ts";

test("every port is free, above the privileged ones, and given once", async () => {
  const ports = Object.values(await choosePorts());
  expect(ports).toHaveLength(PORT_NAMES.length);
  expect(new Set(ports).size).toBe(PORT_NAMES.length);
  expect(ports.every((port) => port > 1023)).toBe(true);
});

test("the ports of the last start are taken again", async () => {
  const first = await choosePorts();
  expect(await choosePorts(first)).toEqual(first);
});

test("a port that somebody took in the meantime is replaced, the others stay", async () => {
  const first = await choosePorts();
  const other = createServer().listen(first.apiserver, "127.0.0.1");
  await once(other, "listening");
  try {
    const second = await choosePorts(first);
    expect(second.apiserver).not.toBe(first.apiserver);
    expect({ ...second, apiserver: first.apiserver }).toEqual(first);
  } finally {
    other.close();
  }
});
