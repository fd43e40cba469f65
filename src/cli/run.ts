import { commands as allCommands } from "./mod.ts";
import type { Command } from "./command.ts";
import { CommandError, Exit, type ExitCode } from "./exit.ts";
import { palette } from "./palette.ts";
import { PRODUCT_VERSION } from "./product_version.ts";
import { suggest } from "./suggest.ts";
import { commandUsage, programUsage } from "./usage.ts";
import type { World } from "./world.ts";

/**
 * Finds the command that the arguments name, runs it, and turns whatever happens into an exit code. Nothing escapes:
 * people see a sentence, and a stack only where they asked for debug output.
 */
export async function run(
  args: readonly string[],
  world: World,
  commands: readonly Command[] = allCommands,
): Promise<ExitCode> {
  try {
    const exit = await dispatch(args, world, commands);
    await world.out.written();
    const problem = world.out.problem();
    if (problem === undefined) return exit;
    tell(world, new CommandError(Exit.failure, `Cannot write the output: ${problem}`));
    return exit === Exit.ok ? Exit.failure : exit;
  } catch (error) {
    if (error instanceof CommandError) {
      tell(world, error);
      return error.exit;
    }
    const message = error instanceof Error ? error.message : String(error);
    tell(world, new CommandError(Exit.failure, `Unexpected problem: ${message}`));
    if (wantsDebug(args, world) && error instanceof Error) world.err.write(`${error.stack}\n`);
    return Exit.failure;
  }
}

async function dispatch(
  args: readonly string[],
  world: World,
  commands: readonly Command[],
): Promise<ExitCode> {
  const [first] = args;
  if (first === undefined) {
    world.err.write(programUsage(commands, PRODUCT_VERSION, palette(world.err)));
    return Exit.usage;
  }
  if (first === "--version") {
    if (args.length > 1) throw unexpected(args[1] ?? "");
    world.out.write(`only1mcp ${PRODUCT_VERSION}\n`);
    return Exit.ok;
  }
  if (first === "help" || first === "--help" || first === "-h") {
    return help(args.slice(1), world, commands);
  }
  if (first.startsWith("-")) {
    throw new CommandError(
      Exit.usage,
      `Unknown flag "${first}"`,
      "The command comes first: only1mcp COMMAND [flags]",
    );
  }
  if (wantsHelp(args)) {
    const isGroup = commands.some(inGroup(first)) && args[1]?.startsWith("-");
    if (isGroup) return help([first], world, commands);
    world.out.write(commandUsage(find(args, commands).command, palette(world.out)));
    return Exit.ok;
  }
  const { command, rest } = find(args, commands);
  return await command.execute(rest, world);
}

function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const flags = end === -1 ? args : args.slice(0, end);
  return flags.includes("--help") || flags.includes("-h");
}

function help(args: readonly string[], world: World, commands: readonly Command[]): ExitCode {
  const paint = palette(world.out);
  const words = args.filter((arg) => arg !== "--help" && arg !== "-h");
  const members = words.length === 1 ? commands.filter(inGroup(words[0] ?? "")) : [];
  if (words.length === 0) {
    world.out.write(programUsage(commands, PRODUCT_VERSION, paint));
  } else if (members.length > 0) {
    world.out.write(members.map((member) => commandUsage(member, paint)).join("\n"));
  } else {
    const { command, rest } = find(words, commands);
    if (rest[0] !== undefined) throw unexpected(rest[0]);
    world.out.write(commandUsage(command, paint));
  }
  return Exit.ok;
}

/** The command with the most words that the arguments start with, and what is left of them. */
function find(
  args: readonly string[],
  commands: readonly Command[],
): { readonly command: Command; readonly rest: readonly string[] } {
  for (const size of [2, 1]) {
    const name = args.slice(0, size).join(" ");
    const command = commands.find((command) => command.name === name);
    if (command !== undefined) return { command, rest: args.slice(size) };
  }
  const [first = "", second] = args;
  const members = commands.filter(inGroup(first));
  const words = members.length > 0 ? members : commands;
  const isGroup = members.length > 0;
  const typed = isGroup ? `${first} ${second ?? ""}`.trim() : first;
  const names = words.map(({ name }) => name);
  const firstWords = [...names.map((name) => name.split(" ")[0] ?? name), "help"];
  const meant = isGroup
    ? second === undefined ? undefined : suggest(typed, names)
    : suggest(`${first} ${second ?? ""}`.trim(), names) ?? suggest(first, firstWords);
  throw new CommandError(
    Exit.usage,
    isGroup && (second === undefined || second.startsWith("-"))
      ? `Command "${first}" needs one of: ${names.join(", ")}`
      : `Unknown command "${typed}"`,
    meant === undefined ? "See: only1mcp help" : `Did you mean ${meant}?`,
  );
}

function inGroup(word: string): (command: Command) => boolean {
  return ({ name }) => name.startsWith(`${word} `);
}

function unexpected(argument: string): CommandError {
  return new CommandError(Exit.usage, `Unexpected argument "${argument}"`, "See: only1mcp help");
}

function tell({ err }: World, error: CommandError): void {
  const paint = palette(err);
  err.write(`${paint.red("error:")} ${error.message}\n`);
  if (error.hint !== undefined) err.write(`${paint.dim(error.hint)}\n`);
}

function wantsDebug(args: readonly string[], world: World): boolean {
  return world.environment.ONLY1MCP_LOG_LEVEL === "debug" ||
    args.some((arg, at) =>
      arg === "--log-level=debug" || (arg === "--log-level" && args[at + 1] === "debug")
    );
}
