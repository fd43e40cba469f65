import { assertEquals } from "@std/assert";
import { palette } from "../../src/cli/palette.ts";
import { serverLine } from "../../src/cli/server_line.ts";
import type { ServerView } from "../../src/gateway/gateway.ts";
import { view } from "./fakes.ts";

const counts = { tools: 12, prompts: 1, resources: 0, resourceTemplates: 2 };
const CASES: readonly {
  readonly desc: string;
  readonly view: ServerView;
  readonly line: string;
}[] = [
  {
    desc: "a server that is up",
    view: view({ id: "a", pid: 7, counts }),
    line: "✓ a    stdio  2025-11-25  12 tools, 1 prompt, 2 resource templates  (pid 7)\n",
  },
  {
    desc: "restarts and hidden items",
    view: view({ id: "a", restarts: 2, hidden: [{ kind: "tool", name: "x", why: "y" }] }),
    line: "✓ a    stdio  2025-11-25  1 hidden  restarted 2 times\n",
  },
  {
    desc: "an empty server",
    view: view({ id: "abc" }),
    line: "✓ abc  stdio  2025-11-25  offers nothing\n",
  },
  {
    desc: "a disabled server",
    view: view({ id: "a", state: "disabled" }),
    line: "- a    stdio  disabled\n",
  },
  {
    desc: "a server that takes its time",
    view: view({ id: "a", state: "starting" }),
    line: "… a    stdio  still starting\n",
  },
  {
    desc: "a failure with its last words, harmless to the terminal, and a hint",
    view: view({
      id: "a",
      state: "waiting",
      problem: "Process exited with code 1 (last words: error: Requires (net) access)",
      stderrTail: ["", "\u001b[31merror\u001b[0m: Requires net access\u0007"],
    }),
    line: [
      "✗ a    stdio  Process exited with code 1",
      "    | error: Requires net access\\u0007",
      "    hint: The server was denied something it needs: add the --allow-… flag it names to its args",
      "",
    ].join("\n"),
  },
  {
    desc: "a failure without anything to say",
    view: view({ id: "a", state: "crash_loop" }),
    line: "✗ a    stdio  Not connected\n",
  },
];

for (const { desc, view, line } of CASES) {
  Deno.test(`serverLine() shows ${desc}`, () => {
    assertEquals(serverLine(view, { id: 3, transport: 5 }, palette({ colour: false })), line);
  });
}
