/** IPv4 address arithmetic and the layout of a cluster's network; pure. */

export interface SubnetPlan {
  readonly zone: string;
  readonly cidr: string;
}

export interface NetworkPlan {
  readonly cidr: string;
  /** One per zone: nodes and pods. */
  readonly privateSubnets: readonly SubnetPlan[];
  /** One per zone: NAT gateways and load balancers. */
  readonly publicSubnets: readonly SubnetPlan[];
}

interface Block {
  readonly base: number;
  readonly prefix: number;
}

/** Zones a network has room for: a quarter of its addresses each; the last quarter holds the public subnets. */
export const MAX_ZONES = 3;

/**
 * A quarter of the network's addresses for the nodes and pods of each zone (every pod has an address of its own), a
 * sixteenth of the last quarter for its public subnet. Adding a zone moves no subnet that is there.
 *
 * @param cidr a block of /16 to /20
 * @throws RangeError for any other block, or for more zones than there is room for
 */
export function planNetwork(cidr: string, zones: readonly string[]): NetworkPlan {
  const network = parseBlock(cidr);
  if (network.prefix < 16 || network.prefix > 20) throw new RangeError(`${cidr} must be a block of /16 to /20`);
  if (zones.length < 1 || zones.length > MAX_ZONES) {
    throw new RangeError(`${zones.length} zones: a network has room for 1 to ${MAX_ZONES}`);
  }
  const lastQuarter = part(network, 2, MAX_ZONES);
  return {
    cidr: format(network),
    privateSubnets: zones.map((zone, index) => ({ zone, cidr: format(part(network, 2, index)) })),
    publicSubnets: zones.map((zone, index) => ({ zone, cidr: format(part(lastQuarter, 4, index)) })),
  };
}

/**
 * Whether two blocks share an address; a block may be named by any address in it.
 *
 * @throws RangeError for what is no IPv4 block
 */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [blockAround(one), blockAround(other)];
  const [first, second] = a.base <= b.base ? [a, b] : [b, a];
  return second.base < first.base + 2 ** (32 - first.prefix);
}

/** The `index`-th of the 2^bits equal parts of a block. */
function part(block: Block, bits: number, index: number): Block {
  const prefix = block.prefix + bits;
  return { base: block.base + index * 2 ** (32 - prefix), prefix };
}

function parseBlock(cidr: string): Block {
  const block = blockAround(cidr);
  const start = format(block);
  if (start !== cidr) throw new RangeError(`${cidr} does not start its block: ${start} does`);
  return block;
}

/** The block that the address lies in, wherever in it. */
function blockAround(cidr: string): Block {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = (match ?? []).slice(1).map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) throw new RangeError(`${cidr} is not an IPv4 block`);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { base: address - (address % 2 ** (32 - prefix)), prefix };
}

function format({ base, prefix }: Block): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
  return `${octets.join(".")}/${prefix}`;
}
