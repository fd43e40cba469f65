import type { JsonObject } from "../mcp/frames.ts";
import type { McpEvent } from "../mcp/message.ts";
import { allTools, ask, resultOf } from "./ask.ts";
import { command } from "./command.ts";
import { CommandError, Exit, type ExitCode } from "./exit.ts";
import { type OneShot, oneShot } from "./one_shot.ts";
import { printableLine } from "./printable.ts";
import { reportFailures } from "./server_line.ts";
import { suggest } from "./suggest.ts";
import { readToolArguments } from "./tool_arguments.ts";
import { readSource, sourceFlags } from "./tool_source.ts";
import type { ReadyConfig } from "./config_source.ts";
import { contentText } from "./content_text.ts";
import type { World } from "./world.ts";

/** Calls one tool and prints what it answers. */
export const toolsCall = command({
  name: "tools call",
  summary: "Call one tool and print its answer",
  details: [
    "Without --url it starts the servers, waits until they are ready, calls, prints and ends them: made for CI jobs.",
    "Ends with exit code 3 when the tool reports an error or is not there.",
  ].join(" "),
  positionals: [
    { name: "NAME", doc: "Name of the tool, as `tools list` shows it", required: true },
    {
      name: "JSON",
      doc: 'Its arguments as one JSON object; "-" reads standard input',
      required: false,
    },
  ],
  flags: {
    arg: {
      type: "list",
      value: "KEY=TEXT",
      doc: "One argument as text; KEY:=JSON for numbers, true, lists",
    },
    file: { type: "string", value: "FILE", doc: "Read the JSON arguments from a file" },
    timeout: {
      type: "number",
      min: 0.1,
      max: 86_400,
      whole: false,
      value: "SECONDS",
      doc: "Give up after this long, starting servers included",
    },
    json: { type: "boolean", doc: "Write the whole result as one JSON document" },
    ...sourceFlags,
  },
  examples: [
    {
      line: `only1mcp tools call everything__echo '{"message": "hello"}'`,
      does: "Start what is needed, call, print, end",
    },
    {
      line: "only1mcp tools call everything__get-sum --arg a:=2 --arg b:=3 --json",
      does: "Arguments one by one, the result for machines",
    },
    {
      line: "only1mcp tools call memory__read_graph --url http://127.0.0.1:8080/mcp",
      does: "Ask a running gateway",
    },
    {
      line: "generate-arguments | only1mcp tools call files__write_file -",
      does: "Arguments from another program",
    },
  ],
}, async ({ flags, positionals }, world) => {
  const [name = "", json] = positionals;
  const args = await readToolArguments({ json, file: flags.file, pairs: flags.arg }, world);
  const source = onlyServerOf(name, await readSource(world, flags));
  const ready = withTimeout(source, flags.timeout);
  return await oneShot(world, { ready, timeoutSeconds: flags.timeout }, async (shot) => {
    const failed = reportFailures(shot.gateway.views(), world.err);
    if (failed !== undefined && ready.config.servers.length === 1) return failed;
    const params = { name, arguments: args };
    const onEvent = (event: McpEvent) => shot.screen.status(progressText(event));
    const reply = await ask(shot, { method: "tools/call", params, onEvent });
    shot.screen.status(undefined);
    if (reply.kind === "error" && reply.reason === "not_found") {
      throw await unknownTool(name, shot);
    }
    return print(resultOf(reply, `the call of "${name}"`), flags.json, world);
  });
});

/** `files__read` needs the server `files` and no other: starting the rest would only cost time. */
function onlyServerOf(name: string, ready: ReadyConfig): ReadyConfig {
  const server = ready.config.servers.find(({ id }) => name.startsWith(`${id}__`));
  if (server === undefined) return ready;
  if (!server.enabled) {
    throw new CommandError(Exit.backend, `Server "${server.id}" is disabled in the configuration`);
  }
  return { ...ready, config: { ...ready.config, servers: [server] } };
}

/** A limit that the person set replaces those of the configuration, also where it is more generous. */
function withTimeout(ready: ReadyConfig, seconds: number | undefined): ReadyConfig {
  if (seconds === undefined) return ready;
  const limits = { call_seconds: seconds, call_max_seconds: seconds };
  const servers = ready.config.servers.map((server) => ({
    ...server,
    timeouts: { ...server.timeouts, ...limits },
  }));
  return { ...ready, config: { ...ready.config, servers } };
}

function print(result: JsonObject, asJson: boolean, world: World): ExitCode {
  const isError = result.isError === true;
  if (asJson) world.out.write(`${JSON.stringify(result, undefined, 2)}\n`);
  else if (isError) world.err.write(contentText(result, world.err));
  else world.out.write(contentText(result, world.out));
  if (!isError) return Exit.ok;
  world.err.write("The tool reported an error.\n");
  return Exit.backend;
}

async function unknownTool(name: string, shot: OneShot): Promise<CommandError> {
  const hidden = shot.gateway.views()
    .flatMap((view) => view.hidden.map((item) => ({ ...item, server: view.id })))
    .find((item) => item.name === name || `${item.server}__${item.name}` === name);
  if (hidden !== undefined) {
    const why = printableLine(hidden.why);
    return new CommandError(Exit.backend, `Tool "${name}" is hidden: ${why}`);
  }
  const names = (await allTools(shot)).map((tool) => String(tool.name));
  const meant = suggest(name, names);
  return new CommandError(
    Exit.backend,
    `Unknown tool "${name}"`,
    meant === undefined ? "See: only1mcp tools list" : `Did you mean ${printableLine(meant)}?`,
  );
}

function progressText(event: McpEvent): string | undefined {
  if (event.kind !== "progress") return undefined;
  const { progress, total, message } = event.params;
  const share = total === undefined ? `${progress}` : `${progress} of ${total}`;
  return typeof message === "string" ? `Progress ${share}: ${message}` : `Progress ${share}`;
}
