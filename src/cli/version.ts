import { SUPPORTED_VERSIONS } from "../mcp/versions.ts";
import { command } from "./command.ts";
import { Exit } from "./exit.ts";
import { PRODUCT_VERSION } from "./product_version.ts";

/** Says what this program is made of. */
export const version = command({
  name: "version",
  summary: "Show the version, its runtime, and the protocol revisions served",
  flags: { json: { type: "boolean", doc: "Write one JSON document" } },
  examples: [
    { line: "only1mcp version", does: "For people" },
    { line: "only1mcp version --json", does: "For machines and bug reports" },
  ],
}, ({ flags }, world) => {
  const facts = {
    version: PRODUCT_VERSION,
    ...Deno.version,
    revisions: SUPPORTED_VERSIONS,
  };
  world.out.write(
    flags.json ? `${JSON.stringify(facts, undefined, 2)}\n` : [
      `only1mcp ${facts.version}`,
      `deno ${facts.deno}, v8 ${facts.v8}, typescript ${facts.typescript}`,
      `MCP revisions ${facts.revisions.join(", ")}`,
      "",
    ].join("\n"),
  );
  return Promise.resolve(Exit.ok);
});
