/** Bounds that hold in every environment; what differs between environments is in `PlatformProfile.limits`. */
export const BOUNDS = {
  /** Characters of a node id, an input or an output name, a label value. */
  name: 63,
  /** Characters of an image reference. */
  image: 512,
  /** Characters of a URI. */
  uri: 2048,
  /** Characters of one env value, one argument, one command word. */
  text: 32_768,
  /** Characters of an inline SQL statement. */
  sql: 131_072,
  /** Characters of a success or failure condition. */
  condition: 1024,
  /** Words in `command`. */
  command: 64,
  /** Entries in `args`. */
  args: 1024,
  /** Entries in `env`. */
  env: 512,
  /** Entries in `ins` and in `outs` of one node. */
  ports: 256,
  /** Entries in `secrets` and in `secrets_scope`. */
  secrets: 64,
  /** Entries in `labels`. */
  labels: 64,
  /** Entries in a refs document. */
  refs: 10_000,
  /** UTF-8 bytes of one node's env, command, args and params together: what one process can be started with. */
  nodeBytes: 262_144,
  /** Levels of nesting in a document. */
  depth: 64,
  /** Values (scalars, lists, mappings) in a document. */
  values: 1_000_000,
  /** YAML aliases that may be followed in one document. */
  aliases: 100,
  /** Devices (or slices) one node may ask for. */
  gpu: 64,
  /** Seconds of `backoff_sec`. */
  backoffSeconds: 3600,
  /** `parallelism` of a flink_job. */
  parallelism: 1000,
  /** `workers` and `max_workers` of a ray_job. */
  workers: 1000,
  /** `idle_sec` of a ray_job. */
  idleSeconds: 3600,
  /** Diagnostics shown for one submission; the rest are counted. */
  diagnostics: 1000,
} as const;
