import type { ExitCode } from "./exit.ts";
import { parseCommandLine } from "./parse.ts";
import type { World } from "./world.ts";

interface FlagBase {
  /** One line for the help. */
  readonly doc: string;
  /** What happens without it, for the help; left out where that is plain. */
  readonly default?: string;
  /** How the help calls its value, for instance `FILE`. */
  readonly value?: string;
}

/** One `--flag` of a command, as data. `list` may be given several times. */
export type Flag =
  & FlagBase
  & (
    | { readonly type: "boolean" }
    | { readonly type: "string" }
    | { readonly type: "list" }
    | {
      readonly type: "number";
      readonly min: number;
      readonly max: number;
      readonly whole: boolean;
    }
    | { readonly type: "choice"; readonly choices: readonly string[] }
  );
export type Flags = Readonly<Record<string, Flag>>;

/** What a command finds under the name of its flag. */
export type FlagValues<F extends Flags> = {
  readonly [Name in keyof F]: F[Name] extends { readonly type: "boolean" } ? boolean
    : F[Name] extends { readonly type: "list" } ? readonly string[]
    : F[Name] extends { readonly type: "number" } ? number | undefined
    : F[Name] extends { readonly type: "choice"; readonly choices: readonly (infer C)[] }
      ? C | undefined
    : string | undefined;
};

/** One argument without a name. */
export interface Positional {
  /** In capitals, as the help shows it. */
  readonly name: string;
  readonly doc: string;
  readonly required: boolean;
}

/** A line to type and what it does. */
export interface Example {
  readonly line: string;
  readonly does: string;
}

interface CommandFacts {
  /** The words that call it, for instance `tools call`. */
  readonly name: string;
  /** One line for the table of commands. */
  readonly summary: string;
  /** What else a person should know, a paragraph. */
  readonly details?: string;
  readonly positionals?: readonly Positional[];
  readonly flags: Flags;
  readonly examples: readonly Example[];
}

/** A command, whatever its flags are. */
export interface Command extends CommandFacts {
  /** Parses what follows the command's name and runs it. Throws `CommandError` for anything the person can mend. */
  execute(args: readonly string[], world: World): Promise<ExitCode>;
}

/** Ties a command's flags to the code that reads them, so that neither can change alone. */
export function command<const F extends Flags>(
  facts: CommandFacts & { readonly flags: F },
  run: (
    input: { readonly flags: FlagValues<F>; readonly positionals: readonly string[] },
    world: World,
  ) => Promise<ExitCode>,
): Command {
  return {
    ...facts,
    execute(args, world) {
      const { values, positionals } = parseCommandLine(facts, args);
      // The parser made each value according to its flag's type, which is what FlagValues says.
      return run({ flags: values as FlagValues<F>, positionals }, world);
    },
  };
}
