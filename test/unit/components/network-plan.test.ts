import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { overlap, planNetwork } from "../../../components/cluster/network-plan.ts";

const ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"];

/** First and last address of a block. */
function range(cidr: string): [number, number] {
  const [address = "", prefix] = cidr.split("/");
  const first = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return [first, first + 2 ** (32 - Number(prefix)) - 1];
}

const network = fc
  .tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.integer({ min: 16, max: 20 }))
  .map(([a, b, c, prefix]) => {
    const size = 2 ** (32 - prefix);
    const base = ((a * 256 + b) * 256 + c) * 256;
    const start = base - (base % size);
    return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join(".")}/${prefix}`;
  });

describe("the network of a cluster", () => {
  test("a /16 over three zones", () => {
    expect(planNetwork("10.60.0.0/16", ZONES)).toEqual({
      cidr: "10.60.0.0/16",
      privateSubnets: [
        { zone: "us-east-1a", cidr: "10.60.0.0/18" },
        { zone: "us-east-1b", cidr: "10.60.64.0/18" },
        { zone: "us-east-1c", cidr: "10.60.128.0/18" },
      ],
      publicSubnets: [
        { zone: "us-east-1a", cidr: "10.60.192.0/22" },
        { zone: "us-east-1b", cidr: "10.60.196.0/22" },
        { zone: "us-east-1c", cidr: "10.60.200.0/22" },
      ],
    });
  });

  test("all subnets lie inside it and no two overlap", () => {
    fc.assert(
      fc.property(network, fc.integer({ min: 1, max: 3 }), (cidr, count) => {
        const plan = planNetwork(cidr, ZONES.slice(0, count));
        const [first, last] = range(cidr);
        const blocks = [...plan.privateSubnets, ...plan.publicSubnets].map((subnet) => range(subnet.cidr));
        blocks.sort(([a], [b]) => a - b);
        for (const [start, end] of blocks) {
          expect(start).toBeGreaterThanOrEqual(first);
          expect(end).toBeLessThanOrEqual(last);
        }
        for (const [index, [start]] of blocks.entries()) {
          if (index > 0) expect(start).toBeGreaterThan(blocks[index - 1]?.[1] ?? 0);
        }
      }),
    );
  });

  test("every zone gets as many addresses as any other", () => {
    fc.assert(
      fc.property(network, fc.integer({ min: 1, max: 3 }), (cidr, count) => {
        const { privateSubnets, publicSubnets } = planNetwork(cidr, ZONES.slice(0, count));
        const sizes = (subnets: typeof privateSubnets) => new Set(subnets.map((subnet) => subnet.cidr.split("/")[1]));
        expect(sizes(privateSubnets).size).toBe(1);
        expect(sizes(publicSubnets).size).toBe(1);
        expect(privateSubnets.map(({ zone }) => zone)).toEqual(ZONES.slice(0, count));
      }),
    );
  });

  test("overlaps another exactly where they share an address, whichever is asked", () => {
    fc.assert(
      fc.property(network, network, (one, other) => {
        const [[firstA, lastA], [firstB, lastB]] = [range(one), range(other)];
        expect(overlap(one, other)).toBe(firstA <= lastB && firstB <= lastA);
        expect(overlap(other, one)).toBe(overlap(one, other));
        expect(overlap(one, one)).toBe(true);
      }),
    );
    expect(overlap("10.0.0.0/8", "10.60.3.4/32")).toBe(true);
    expect(overlap("10.60.0.0/16", "10.61.0.0/16")).toBe(false);
  });

  test("a zone more moves no subnet that is there", () => {
    fc.assert(
      fc.property(network, (cidr) => {
        const two = planNetwork(cidr, ZONES.slice(0, 2));
        const three = planNetwork(cidr, ZONES);
        expect(three.privateSubnets.slice(0, 2)).toEqual(two.privateSubnets);
        expect(three.publicSubnets.slice(0, 2)).toEqual(two.publicSubnets);
      }),
    );
  });

  test.each([
    ["10.0.0.0/24", "must be a block of /16 to /20"],
    ["10.0.1.0/16", "does not start its block: 10.0.0.0/16 does"],
    ["10.0.0.300/16", "is not an IPv4 block"],
    ["nonsense", "is not an IPv4 block"],
  ])("%s is refused: %s", (cidr, reason) => {
    expect(() => planNetwork(cidr, ZONES)).toThrow(reason);
  });

  test("a fourth zone is refused", () => {
    expect(() => planNetwork("10.0.0.0/16", [...ZONES, "us-east-1d"])).toThrow("room for 1 to 3");
  });
});
