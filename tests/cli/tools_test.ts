import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../../src/cli/run.ts";
import { parseJson } from "../../src/mcp/json.ts";
import type { Reply } from "../../src/mcp/message.ts";
import { fakeGateway, fakeWorld, textResult, view } from "./fakes.ts";

const read = () => textResult("contents");
const tools: Readonly<Record<string, () => Reply>> = {
  files__read: read,
  files__fail: () => textResult("no such file", { isError: true }),
  files__big: () => ({ kind: "result", result: { content: [], n: parseJson("9007199254740993") } }),
  files__ask: () => ({ kind: "input_required", result: {} }),
  files__denied: () => ({
    kind: "error",
    error: { code: -32603, message: "No", data: { reason: "insufficient_scope" } },
  }),
  files__broken: () => ({ kind: "error", error: { code: -32603, message: "Boom\n" } }),
};

const CALLS: readonly {
  readonly args: readonly string[];
  readonly exit: number;
  readonly out?: string;
  readonly err?: string;
}[] = [
  { args: ["files__read"], exit: 0, out: "contents\n" },
  {
    args: ["files__read", "--json"],
    exit: 0,
    out:
      '{\n  "content": [\n    {\n      "type": "text",\n      "text": "contents"\n    }\n  ]\n}\n',
  },
  {
    args: ["files__big", "--json"],
    exit: 0,
    out: '{\n  "content": [],\n  "n": 9007199254740993\n}\n',
  },
  { args: ["files__fail"], exit: 3, err: "no such file\nThe tool reported an error.\n" },
  { args: ["files__ask"], exit: 3, err: "the server asks the user a question" },
  { args: ["files__denied"], exit: 4, err: 'Cannot finish the call of "files__denied": No' },
  { args: ["files__broken"], exit: 3, err: "Boom (code -32603)\n" },
  { args: ["files__raed"], exit: 3, err: "Did you mean files__read?" },
  { args: ["read"], exit: 3, err: 'Unknown tool "read"\nDid you mean files__read?' },
  { args: ["files__rm"], exit: 3, err: 'Tool "files__rm" is hidden: denied' },
  { args: ["5"], exit: 3, err: 'Unknown tool "5"' },
];

for (const { args, exit, out = "", err = "" } of CALLS) {
  Deno.test(`tools call ${args.join(" ")} ends with ${exit}`, async () => {
    const views = [view({ id: "files", hidden: [{ kind: "tool", name: "rm", why: "denied" }] })];
    const gateway = fakeGateway({ views, tools });
    const world = fakeWorld({ gateway });
    assertEquals(await run(["tools", "call", ...args], world), exit);
    await world.err.written();
    assertEquals(world.stdout(), out);
    assertStringIncludes(world.stderr(), err);
    assertEquals(gateway.closed, 1);
  });
}

Deno.test("tools call passes arguments on, digit for digit", async () => {
  const gateway = fakeGateway({ tools });
  const world = fakeWorld({ gateway });
  const json = '{"id": 9007199254740993}';
  assertEquals(await run(["tools", "call", "files__read", json, "--arg", "n:=1"], world), 0);
  const [call] = gateway.calls;
  assertEquals(
    JSON.stringify(call?.params),
    '{"name":"files__read","arguments":{"id":9007199254740993,"n":1}}',
  );
  assertEquals(call?.principal.id, "cli");
  assertEquals(call?.client.capabilities, {});
  assertEquals(call?.scope, undefined);
});

Deno.test("tools call starts only the server that the name asks for", async () => {
  const world = fakeWorld({ gateway: fakeGateway({ tools }) });
  await run(["tools", "call", "files__read"], world);
  await run(["tools", "call", "read"], world);
  assertEquals(
    world.assembled.map(({ config }) => config.servers.map(({ id }) => id)),
    [["files"], ["files", "web"]],
  );
});

Deno.test("tools call starts nothing for a server that is disabled", async () => {
  const text = "servers: [{id: a, enabled: false, transport: {type: stdio, command: x}}]";
  const world = fakeWorld({ files: { "only1mcp.yaml": text } });
  assertEquals(await run(["tools", "call", "a__b"], world), 3);
  await world.err.written();
  assertStringIncludes(world.stderr(), 'error: Server "a" is disabled in the configuration\n');
  assertEquals(world.assembled.length, 0);
});

Deno.test("tools call --json prints a result that is an error, too", async () => {
  const world = fakeWorld({ gateway: fakeGateway({ tools }) });
  assertEquals(await run(["tools", "call", "files__fail", "--json"], world), 3);
  assertEquals(JSON.parse(world.stdout()).isError, true);
});

Deno.test("tools call shows progress on standard error", async () => {
  const gateway = fakeGateway({
    tools: {
      slow(call) {
        const params = { progress: 1, total: 3, message: "one" };
        if (call.wantsProgress) call.emit({ kind: "progress", params });
        return textResult("done");
      },
    },
  });
  const world = fakeWorld({ gateway });
  assertEquals(await run(["tools", "call", "slow"], world), 0);
  await world.err.written();
  assertEquals(world.stdout(), "done\n");
  assertEquals(world.stderr(), "Progress 1 of 3: one\n");
});

Deno.test("tools call --timeout cancels the call and ends with 3", async () => {
  const gateway = fakeGateway({ tools: { stuck: () => new Promise(() => {}) } });
  const world = fakeWorld({ gateway });
  assertEquals(await run(["tools", "call", "stuck", "--timeout", "0.1"], world), 3);
  await world.err.written();
  assertStringIncludes(world.stderr(), "error: No answer within 0.1 s\n");
  assertEquals(gateway.calls[0]?.signal.aborted, true);
  assertEquals(gateway.closed, 1);
  assertEquals(world.assembled[0]?.config.servers[0]?.timeouts.call_seconds, 0.1);
});

Deno.test("tools call says why the only server is not up", async () => {
  const cases = [["Cannot connect", 3], ["Server answered HTTP 401", 4]] as const;
  for (const [problem, code] of cases) {
    const views = [view({ id: "remote", state: "waiting", problem })];
    const world = fakeWorld({ gateway: fakeGateway({ views }) });
    const args = ["tools", "call", "x", "--url", "http://127.0.0.1:1/mcp"];
    assertEquals(await run(args, world), code);
    await world.err.written();
    assertStringIncludes(world.stderr(), problem);
  }
});

Deno.test("tools commands with --url ask that one server, with the given headers", async () => {
  const world = fakeWorld({ gateway: fakeGateway({ tools }), files: {} });
  const url = "http://127.0.0.1:8080/mcp";
  const headers = ["--header", "Authorization: Bearer a:b", "--header=X-Team:blue"];
  assertEquals(await run(["tools", "list", "--url", url, ...headers], world), 0);
  const { naming, servers } = world.assembled[0]!.config;
  assertEquals(naming.prefix, "never");
  assertEquals(servers.map(({ transport }) => transport), [{
    type: "streamable_http",
    url,
    headers: { Authorization: "Bearer a:b", "X-Team": "blue" },
  }]);
});

const WRONG: readonly { readonly args: readonly string[]; readonly says: string }[] = [
  { args: ["--url", "127.0.0.1:8080"], says: "not an http or https URL" },
  { args: ["--url", "ftp://x/"], says: "not an http or https URL" },
  { args: ["--url", "http://x/", "--header", "nonsense"], says: 'must be "NAME: VALUE"' },
  { args: ["--url", "http://x/", "--header", "a b: c"], says: "names no header" },
  { args: ["--url", "http://x/", "--config", "f"], says: "exclude each other" },
  { args: ["--header", "A: b"], says: "goes with --url only" },
];

for (const { args, says } of WRONG) {
  Deno.test(`tools list refuses ${args.join(" ")}`, async () => {
    const world = fakeWorld();
    assertEquals(await run(["tools", "list", ...args], world), 64);
    await world.err.written();
    assertStringIncludes(world.stderr(), says);
    assertEquals(world.assembled.length, 0);
  });
}

Deno.test("tools list shows a line a tool, or everything as JSON", async () => {
  const text = fakeWorld({
    gateway: fakeGateway({ tools: { a: read, bcd: read } }),
  });
  assertEquals(await run(["tools", "list"], text), 0);
  assertEquals(text.stdout(), "a    Does a\nbcd  Does bcd\n");
  const json = fakeWorld({ gateway: fakeGateway({ tools: { a: read } }) });
  assertEquals(await run(["tools", "list", "--json"], json), 0);
  assertEquals(JSON.parse(json.stdout()), {
    tools: [{ name: "a", description: "Does a\nat length" }],
  });
});

Deno.test("tools list shows what there is and ends with 3 when a server is missing", async () => {
  const views = [view({ id: "files" }), view({ id: "web", state: "waiting", problem: "No" })];
  const world = fakeWorld({ gateway: fakeGateway({ views, tools: { a: read } }) });
  assertEquals(await run(["tools", "list"], world), 3);
  await world.err.written();
  assertEquals(world.stdout(), "a  Does a\n");
  assertStringIncludes(world.stderr(), "✗ web  stdio  No\n");
});
