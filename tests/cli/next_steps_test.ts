import { assertEquals, assertStringIncludes } from "@std/assert";
import { nextSteps } from "../../src/cli/next_steps.ts";
import { palette } from "../../src/cli/palette.ts";

Deno.test("nextSteps() gives each client a snippet that parses", () => {
  const url = "http://127.0.0.1:8080/mcp";
  const text = nextSteps(url, palette({ colour: false }));
  assertStringIncludes(text, `claude mcp add --transport http only1mcp ${url}\n`);
  const [cursor, code] = [...text.matchAll(/mcp\.json: {2}(.*)$/gm)].map(([, json = ""]) =>
    JSON.parse(json)
  );
  assertEquals(cursor, { mcpServers: { only1mcp: { url } } });
  assertEquals(code, { servers: { only1mcp: { type: "http", url } } });
  const [, add = ""] = /code --add-mcp '(.*)'$/m.exec(text) ?? [];
  assertEquals(JSON.parse(add), { name: "only1mcp", type: "http", url });
});

Deno.test("nextSteps() names an address that a client can reach", () => {
  for (const host of ["0.0.0.0", "[::]"]) {
    const text = nextSteps(`http://${host}:80/mcp`, palette({ colour: false }));
    assertStringIncludes(text, "only1mcp http://127.0.0.1:80/mcp\n");
  }
});
