import { parseArgs } from "@std/cli/parse-args";
import type { Flag, Flags, Positional } from "./command.ts";
import { CommandError, Exit } from "./exit.ts";
import { suggest } from "./suggest.ts";

/** What the parser needs to know of a command. */
interface Grammar {
  readonly name: string;
  readonly flags: Flags;
  readonly positionals?: readonly Positional[];
}

type FlagValue = boolean | string | number | undefined | readonly string[];

/**
 * Reads the arguments of one command, strictly: what is not declared is refused, never ignored.
 *
 * @throws {CommandError} with exit code 64
 */
export function parseCommandLine(
  grammar: Grammar,
  args: readonly string[],
): { values: Readonly<Record<string, FlagValue>>; positionals: readonly string[] } {
  const refuse = (message: string, hint = `See: only1mcp help ${grammar.name}`) =>
    new CommandError(Exit.usage, message, hint);
  const flags = new Map(Object.entries(grammar.flags));
  const takesValue = [...flags].filter(([, flag]) => flag.type !== "boolean").map(([name]) => name);

  const parsed = parseArgs(args, {
    boolean: [...flags.keys()].filter((name) => !takesValue.includes(name)),
    // "_" keeps positionals as text: a tool may be called `5`.
    string: [...takesValue, "_"],
    collect: takesValue,
    unknown(arg, key) {
      if (key === undefined) return true;
      const name = arg.replace(/=.*$/s, "");
      const meant = suggest(name, [...flags.keys()].map((flag) => `--${flag}`));
      throw refuse(
        `Unknown flag "${name}" for "${grammar.name}"`,
        meant === undefined ? undefined : `Did you mean ${meant}?`,
      );
    },
  });

  const values: Record<string, FlagValue> = {};
  for (const [name, flag] of flags) {
    values[name] = flag.type === "boolean"
      ? booleanValue(name, parsed[name], args)
      : flagValue(name, flag, parsed[name] as readonly string[], refuse);
  }
  const positionals = parsed._.map(String);
  const allowed = grammar.positionals ?? [];
  const missing = allowed.slice(positionals.length).find((positional) => positional.required);
  if (missing !== undefined) {
    throw refuse(`Missing argument ${missing.name}: ${missing.doc}`);
  }
  const extra = positionals[allowed.length];
  if (extra !== undefined) {
    throw refuse(`Unexpected argument "${extra}" for "${grammar.name}"`);
  }
  return { values, positionals };

  function booleanValue(name: string, value: unknown, given: readonly string[]): boolean {
    // The library reads any text but "false" as true.
    const odd = given.find((arg) => arg.startsWith(`--${name}=`) && !/=(?:true|false)$/.test(arg));
    if (odd !== undefined) throw refuse(`Flag --${name} takes no value: "${odd}"`);
    return value === true;
  }
}

function flagValue(
  name: string,
  flag: Exclude<Flag, { type: "boolean" }>,
  given: readonly string[],
  refuse: (message: string) => CommandError,
): FlagValue {
  if (given.includes("")) {
    throw refuse(
      `Flag --${name} needs a value (write --${name}=VALUE where the value starts with "-")`,
    );
  }
  if (flag.type === "list") return given;
  if (given.length > 1) throw refuse(`Flag --${name} is given ${given.length} times`);
  const [text] = given;
  if (text === undefined || flag.type === "string") return text;
  if (flag.type === "choice") {
    if (flag.choices.includes(text)) return text;
    throw refuse(`Flag --${name} must be one of ${flag.choices.join(", ")}: "${text}"`);
  }
  if (flag.type === "number") {
    const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN;
    const isRight = value >= flag.min && value <= flag.max &&
      (!flag.whole || Number.isInteger(value));
    if (isRight) return value;
    const kind = flag.whole ? "a whole number" : "a number";
    throw refuse(`Flag --${name} must be ${kind} from ${flag.min} to ${flag.max}: "${text}"`);
  }
  return text;
}
