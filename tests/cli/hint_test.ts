import { assertEquals, assertStringIncludes } from "@std/assert";
import { hintFor } from "../../src/cli/hint.ts";

const CASES: readonly {
  readonly problem: string;
  readonly stderr?: string;
  readonly says: string;
}[] = [
  { problem: "Server answered HTTP 401", says: "wants credentials" },
  { problem: "Server answered HTTP 404", says: "nothing at this URL" },
  { problem: 'Cannot reach "http://x": connection refused', says: "Nothing listens there" },
  { problem: 'Cannot start "x": entity not found', says: "install it" },
  { problem: "Handshake timed out after 60000 ms", says: "connect_seconds" },
  {
    problem: "Process exited with code 1",
    stderr: "npm error 404 Not Found - GET https://registry.example/none",
    says: "package or file does not exist",
  },
  {
    problem: "Process exited with code 1",
    stderr: 'NotCapable: Requires env access to "HOME"',
    says: "--allow-",
  },
];

for (const { problem, stderr, says } of CASES) {
  Deno.test(`hintFor() knows "${stderr ?? problem}"`, () => {
    assertStringIncludes(hintFor(problem, stderr === undefined ? [] : [stderr]) ?? "", says);
  });
}

Deno.test("hintFor() says nothing where it knows nothing", () => {
  assertEquals(hintFor("Process exited with code 404", ["Goodbye"]), undefined);
});
