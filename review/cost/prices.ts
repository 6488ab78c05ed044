/** List prices, on demand, of us-east-1, without tax, traffic and discounts: those of README.md, "Environments and what they cost". */
export const PRICES = {
  asOf: "2026-11",
  region: "us-east-1",
  hoursPerMonth: 730,
  /** USD an hour. */
  eksCluster: 0.1,
  natGateway: 0.045,
  publicAddress: 0.005,
  /** In each zone. */
  interfaceEndpoint: 0.01,
  loadBalancer: 0.0225,
  instances: { "m6i.xlarge": 0.192, "m6i.8xlarge": 1.536, "g5.12xlarge": 5.672, "p4de.24xlarge": 27.447 } as Readonly<
    Record<string, number>
  >,
  /** With a standby in another zone; without it is half. */
  databasesMultiAz: { "db.m7g.large": 0.337 } as Readonly<Record<string, number>>,
  /** USD a month. */
  kmsKey: 1,
  gp3PerGib: 0.08,
  databaseGp3MultiAzPerGib: 0.23,
} as const;
