import { formatProblem } from "../config/problems.ts";
import { command } from "./command.ts";
import { configFlag, loadFrom } from "./config_source.ts";
import { CommandError, Exit } from "./exit.ts";
import { palette } from "./palette.ts";
import { plural } from "./server_line.ts";

/** Checks a configuration without starting anything. */
export const validate = command({
  name: "validate",
  summary: "Check a configuration and report all its problems at once",
  details: "Starts nothing. Ends with exit code 2 when there is a problem.",
  positionals: [
    { name: "FILE", doc: "The same as --config FILE", required: false },
  ],
  flags: {
    ...configFlag,
    json: { type: "boolean", doc: "Write one JSON document" },
  },
  examples: [
    { line: "only1mcp validate", does: "Check the file that start would use" },
    { line: "only1mcp validate deploy/only1mcp.yaml", does: "Check this one, in a CI job" },
    {
      line: "only1mcp validate --json | jq -r '.problems[].message'",
      does: "Problems for an editor or a script",
    },
  ],
}, async ({ flags, positionals }, world) => {
  const [file] = positionals;
  if (file !== undefined && flags.config !== undefined) {
    throw new CommandError(Exit.usage, "The file is given twice: as FILE and as --config");
  }
  const result = await loadFrom(world, { config: file ?? flags.config });
  const isValid = result.kind === "ok";
  const problems = isValid ? [] : result.problems;
  const warnings = isValid ? result.warnings : [];
  if (flags.json) {
    const report = { valid: isValid, file: result.file, problems, warnings };
    world.out.write(`${JSON.stringify(report, undefined, 2)}\n`);
    return isValid ? Exit.ok : Exit.configuration;
  }
  const paint = palette(world.err);
  for (const problem of problems) world.err.write(`${formatProblem(problem)}\n`);
  for (const warning of warnings) {
    world.err.write(`${paint.yellow("warning:")} ${formatProblem(warning)}\n`);
  }
  if (!isValid) {
    const count = plural(problems.length, "problem");
    throw new CommandError(Exit.configuration, `"${result.file}" is not valid: ${count}`);
  }
  const { servers } = result.config;
  const enabled = servers.filter((server) => server.enabled).length;
  const off = servers.length - enabled;
  const note = off === 0 ? "" : `, ${off} disabled`;
  world.out.write(`${result.file} is valid: ${plural(enabled, "server")} enabled${note}\n`);
  return Exit.ok;
});
