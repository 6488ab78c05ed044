/** What the shell sees. Stable: scripts branch on it. */
export const EXIT = {
  fine: 0,
  /** The input (file, option, DAG) is wrong: mending it is up to the caller. */
  input: 1,
  /** The environment is: no cluster, no permission, a tool is missing. */
  environment: 2,
  /** The run was accepted and then failed (`submit --wait`, `status --watch`), or the audit log is not as it was written (`audit show`, `audit verify`). */
  runFailed: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
