import type { Command, Flag } from "./command.ts";
import type { Palette } from "./palette.ts";

const HELP_ROW = ["-h, --help", "Show this help"] as const;
const MAX_WIDTH = 80;

/** The help of one command. */
export function commandUsage(command: Command, paint: Palette): string {
  const positionals = command.positionals ?? [];
  const line = [
    "only1mcp",
    command.name,
    ...positionals.map(({ name, required }) => required ? name : `[${name}]`),
    "[flags]",
  ].join(" ");
  const flags = Object.entries(command.flags).flatMap(([name, flag]) => flagRows(name, flag));
  return [
    command.summary + ".",
    ...command.details === undefined ? [] : ["", ...wrap(command.details)],
    "",
    paint.bold("Usage:"),
    `  ${line}`,
    ...positionals.length === 0 ? [] : [
      "",
      paint.bold("Arguments:"),
      ...rows(positionals.map(({ name, doc }) => [name, doc] as const)),
    ],
    "",
    paint.bold("Flags:"),
    ...rows([...flags, HELP_ROW]),
    "",
    paint.bold("Examples:"),
    ...command.examples.flatMap(({ line, does }) => [`  ${paint.dim(`# ${does}`)}`, `  ${line}`]),
    "",
  ].join("\n");
}

/** The help of the program: what there is and where to go on. */
export function programUsage(
  commands: readonly Command[],
  version: string,
  paint: Palette,
): string {
  return [
    `Only1MCP ${version}: one MCP endpoint in front of all your MCP servers.`,
    "",
    paint.bold("Usage:"),
    "  only1mcp COMMAND [arguments] [flags]",
    "",
    paint.bold("Commands:"),
    ...rows([
      ...commands.map(({ name, summary }) => [name, summary] as const),
      ["help", "Show this help, or that of one command"],
    ]),
    "",
    paint.bold("Examples:"),
    `  ${paint.dim("# Serve what ./only1mcp.yaml describes")}`,
    "  only1mcp start",
    `  ${paint.dim("# Use one tool, without a client and without a running gateway")}`,
    `  only1mcp tools call everything__echo '{"message": "hello"}'`,
    "",
    paint.bold("Exit codes:"),
    "  0 ok, 1 failure, 2 configuration, 3 server or tool error, 4 denied, 64 usage",
    "",
    "More about one command: only1mcp help COMMAND",
    "",
  ].join("\n");
}

function flagHead(name: string, flag: Flag): string {
  if (flag.type === "boolean") return `    --${name}`;
  const value = flag.value ?? (flag.type === "choice" ? "NAME" : flag.type.toUpperCase());
  return `    --${name} ${value}`;
}

function flagRows(name: string, flag: Flag): (readonly [string, string])[] {
  const notes = [
    ...flag.type === "choice" ? [`one of ${flag.choices.join(", ")}`] : [],
    ...flag.type === "list" ? ["may be given several times"] : [],
    ...flag.default === undefined ? [] : [`default: ${flag.default}`],
  ];
  const head = [flagHead(name, flag), flag.doc] as const;
  return notes.length === 0 ? [head] : [head, ["", `(${notes.join("; ")})`]];
}

/** Two columns, the first as wide as its widest cell. */
function rows(cells: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...cells.map(([left]) => left.length));
  return cells.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > MAX_WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
