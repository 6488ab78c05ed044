/** A mistake the reader can mend: shown as its message and hint, never with a stack trace. Everything else that is thrown is a bug. */
export class UserError extends Error {
  /** What to do about it, one or more sentences. */
  readonly hint: string | undefined;
  /** Exit code of the CLI: 1 the input is wrong, 2 the environment is. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { hint?: string; exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "UserError";
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
  }
}
