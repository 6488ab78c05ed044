/** What several processes take in turns. */
export interface Lease<Stored = unknown> {
  /** Throws `Unavailable` when it cannot be asked for. */
  read(): Promise<HeldLease<Stored>>;
  /** Undefined: it is no longer what was read, so nothing was written. */
  replace(read: HeldLease<Stored>, terms: LeaseTerms): Promise<HeldLease<Stored> | undefined>;
}

export interface LeaseTerms {
  /** Undefined: nobody. */
  readonly holder: string | undefined;
  /** Without a sign of its holder for this long, others may take it. */
  readonly durationMillis: number;
}

export interface HeldLease<Stored = unknown> extends LeaseTerms {
  /** Another after each change. */
  readonly version: string;
  /** As it is kept. */
  readonly object: Stored;
}
