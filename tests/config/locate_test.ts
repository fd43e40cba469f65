import { assertEquals } from "@std/assert";
import { locateConfig } from "../../src/config/locate.ts";

const LOCAL = "only1mcp.yaml";
const SYSTEM = "/etc/only1mcp/config.yaml";

const CASES = [
  {
    desc: "--config first",
    path: "a.yaml",
    environment: { ONLY1MCP_CONFIG: "b.yaml" },
    files: [LOCAL],
    expected: "a.yaml",
  },
  {
    desc: "then the variable",
    environment: { ONLY1MCP_CONFIG: "b.yaml" },
    files: [LOCAL],
    expected: "b.yaml",
  },
  {
    desc: "an empty variable as none",
    environment: { ONLY1MCP_CONFIG: "" },
    files: [LOCAL],
    expected: LOCAL,
  },
  {
    desc: "then the current folder",
    environment: { HOME: "/h" },
    files: [LOCAL, "/h/.config/only1mcp/config.yaml", SYSTEM],
    expected: LOCAL,
  },
  {
    desc: "then the home folder",
    environment: { HOME: "/h" },
    files: ["/h/.config/only1mcp/config.yaml", SYSTEM],
    expected: "/h/.config/only1mcp/config.yaml",
  },
  {
    desc: "the XDG folder in place of ~/.config",
    environment: { HOME: "/h", XDG_CONFIG_HOME: "/x" },
    files: ["/x/only1mcp/config.yaml", "/h/.config/only1mcp/config.yaml"],
    expected: "/x/only1mcp/config.yaml",
  },
  {
    desc: "no relative XDG folder",
    environment: { HOME: "/h", XDG_CONFIG_HOME: "x" },
    files: ["x/only1mcp/config.yaml", "/h/.config/only1mcp/config.yaml"],
    expected: "/h/.config/only1mcp/config.yaml",
  },
  { desc: "at last the system's folder", environment: {}, files: [SYSTEM], expected: SYSTEM },
];

for (const { desc, files, expected, ...options } of CASES) {
  Deno.test(`locateConfig() takes ${desc}`, async () => {
    const exists = (path: string) => Promise.resolve(files.includes(path));
    const location = await locateConfig({ ...options, exists });
    assertEquals(location, { kind: "found", file: expected });
  });
}

Deno.test("locateConfig() lists the places it tried", async () => {
  const exists = () => Promise.resolve(false);
  const tried = [LOCAL, "/h/.config/only1mcp/config.yaml", SYSTEM];
  assertEquals(await locateConfig({ environment: { HOME: "/h" }, exists }), {
    kind: "missing",
    tried,
    message: `Cannot find a configuration: looked for ${
      tried.join(", ")
    }; expected one of these, --config FILE or ONLY1MCP_CONFIG`,
  });
});
