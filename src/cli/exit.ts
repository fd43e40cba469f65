/** What the process says when it ends. */
export const Exit = {
  ok: 0,
  failure: 1,
  /** The configuration is missing or wrong. */
  configuration: 2,
  /** A server could not be reached, or a tool reported an error. */
  backend: 3,
  /** The caller is not allowed to do this. */
  denied: 4,
  /** The command line itself is wrong (`EX_USAGE` of sysexits.h). */
  usage: 64,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** A command that ends here, with what to tell the person: a sentence, and what to do about it. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exit: ExitCode;
  readonly hint: string | undefined;

  constructor(exit: ExitCode, message: string, hint?: string) {
    super(message);
    this.exit = exit;
    this.hint = hint;
  }
}
