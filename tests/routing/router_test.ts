import { assert, assertEquals } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import type { Reply } from "../../src/mcp/message.ts";
import { GatewayError, type Reason } from "../../src/pipeline/errors.ts";
import { aCall } from "../pipeline/a_call.ts";
import { assertReason } from "./assert_reason.ts";
import { failure, FakeUpstream, named, resources, result, templates } from "./fake_upstream.ts";
import { Routing } from "./routing.ts";

Deno.test.sanitizer({ ops: true, resources: true });

function servers() {
  return [
    new FakeUpstream("a", {
      tools: [{ name: "t", inputSchema: { type: "object", title: "of a" } }],
      prompts: named("p"),
      resources: resources("f:/x"),
      resourceTemplates: templates("n:/{id}"),
    }, { completions: {} }),
    new FakeUpstream("b", { tools: named("t"), resources: resources("f:/x", "f:/y") }),
  ] as const;
}

/** The last call that was no list. */
function lastCall({ calls }: FakeUpstream) {
  return calls.findLast(({ method }) => !method.endsWith("/list"));
}

function resultOf(reply: Reply): JsonObject {
  assert(reply.kind === "result");
  return reply.result;
}

for (
  const [method, params, server, sent, target] of [
    ["tools/call", { name: "a__t", arguments: { a: 1 }, more: 1 }, "a", {
      name: "t",
      arguments: { a: 1 },
      more: 1,
    }, "t"],
    ["tools/call", { name: "b__t" }, "b", { name: "t" }, "t"],
    ["prompts/get", { name: "a__p", arguments: {} }, "a", { name: "p", arguments: {} }, "p"],
    [
      "resources/read",
      { uri: "f:/x", _meta: { k: 1 } },
      "a",
      { uri: "f:/x", _meta: { k: 1 } },
      "f:/x",
    ],
    ["resources/read", { uri: "only1mcp+b:f:/x" }, "b", { uri: "f:/x" }, "f:/x"],
    ["resources/read", { uri: "n:/7" }, "a", { uri: "n:/7" }, "n:/7"],
    [
      "completion/complete",
      { ref: { type: "ref/prompt", name: "a__p", title: "P" }, argument: { name: "x", value: "" } },
      "a",
      { ref: { type: "ref/prompt", name: "p", title: "P" }, argument: { name: "x", value: "" } },
      "p",
    ],
    [
      "completion/complete",
      { ref: { type: "ref/resource", uri: "n:/{id}" } },
      "a",
      { ref: { type: "ref/resource", uri: "n:/{id}" } },
      "n:/{id}",
    ],
    [
      "completion/complete",
      { ref: { type: "ref/resource", uri: "only1mcp+b:f:/x" } },
      "b",
      { ref: { type: "ref/resource", uri: "f:/x" } },
      "f:/x",
    ],
  ] as const
) {
  Deno.test(`router() sends ${method} of ${JSON.stringify(params)} to ${server} in its own names`, async () => {
    const [a, b] = servers();
    using routing = new Routing([a, b]);
    const call = aCall({ method, params });
    const reply = resultOf(await routing.handle(call));
    assertEquals(reply.from, server);
    const routed = lastCall(server === "a" ? a : b);
    assertEquals(routed?.params, sent as JsonObject);
    assertEquals(call.trace, { server, target });
    assertEquals(lastCall(server === "a" ? b : a), undefined);
  });
}

Deno.test("router() passes on who calls, what it wishes and how it is cancelled", async () => {
  const [a, b] = servers();
  using routing = new Routing([a, b]);
  const call = aCall({
    id: "c77",
    params: { name: "a__t" },
    client: { info: { name: "x" }, capabilities: { sampling: {} } },
    principal: { id: "alice" },
    conversation: "talk",
    inputErrors: { q: { code: 1, message: "no" } },
    wantsProgress: true,
    logs: "error",
    scope: undefined,
  });
  await routing.handle(call);
  const { scope: _, at: __, params: ___, ...facts } = call;
  assertEquals({ ...lastCall(a)!, inputSchema: undefined }, {
    ...facts,
    at: "backend side",
    server: "a",
    params: { name: "t" },
    inputSchema: undefined,
  });
  assertEquals(lastCall(a)?.inputSchema, { type: "object", title: "of a" });
  assert(lastCall(a)?.signal === call.signal && lastCall(a)?.emit === call.emit);
});

Deno.test("router() relays errors and questions of servers as they are", async () => {
  const [a, b] = servers();
  using routing = new Routing([a, b]);
  const replies: Reply[] = [
    failure({ code: -32602, message: "Bad arguments", data: { why: 1 } }),
    { kind: "input_required", result: { inputRequests: {} } },
    result({ isError: true, content: [] }),
  ];
  for (const reply of replies) {
    a.onCall = ({ method }) => method === "tools/call" ? reply : undefined;
    assertEquals(await routing.ask("tools/call", { name: "a__t" }), reply);
  }
});

for (
  const [method, params, reason, message] of [
    ["tools/call", {}, "invalid_params", '"name" is not a string'],
    ["tools/call", { name: 7 }, "invalid_params", '"name" is not a string'],
    ["tools/call", { name: "nothing" }, "not_found", "Unknown tool: nothing"],
    ["tools/call", { name: "a__nothing" }, "not_found", "Unknown tool: a__nothing"],
    ["tools/call", { name: "constructor" }, "not_found", "Unknown tool: constructor"],
    ["tools/call", { name: "__proto__" }, "not_found", "Unknown tool: __proto__"],
    ["tools/call", { name: "x".repeat(999) }, "not_found", `Unknown tool: ${"x".repeat(256)}`],
    ["prompts/get", { name: "a__t" }, "not_found", "Unknown prompt: a__t"],
    ["resources/read", {}, "invalid_params", '"uri" is not a string'],
    ["completion/complete", {}, "invalid_params", '"ref" is not an object'],
    ["completion/complete", { ref: { type: "ref/prompt" } }, "invalid_params", undefined],
    ["completion/complete", { ref: { type: "ref/x", name: "p" } }, "invalid_params", undefined],
    [
      "completion/complete",
      { ref: { type: "ref/prompt", name: "z" } },
      "not_found",
      "Unknown prompt: z",
    ],
    ["tools/list", { cursor: "forged" }, "invalid_params", "Cursor is not valid"],
    ["nonsense", {}, "method_not_found", "Method not found: nonsense"],
    ["__proto__", {}, "method_not_found", "Method not found: __proto__"],
    ["y".repeat(999), {}, "method_not_found", `Method not found: ${"y".repeat(128)}`],
  ] as [string, JsonObject, Reason, string | undefined][]
) {
  Deno.test(`router() refuses ${method.slice(0, 30)} of ${JSON.stringify(params).slice(0, 60)}`, async () => {
    using routing = new Routing([...servers()]);
    const error = await assertReason(routing.ask(method, params), reason);
    if (message !== undefined) assertEquals(error.message, message);
  });
}

Deno.test("router() refuses what is denied in the same bytes as what is not there", async () => {
  const filters = { a: { allow: ["*"], deny: ["t"] } };
  using denying = new Routing([...servers()], { filters });
  using lacking = new Routing([new FakeUpstream("a", { tools: [] })]);
  const refusals = await Promise.all(
    [denying, lacking].map((routing) =>
      assertReason(routing.ask("tools/call", { name: "a__t" }), "not_found")
    ),
  );
  const [one, other] = refusals.map((error) => JSON.stringify(error.toRpcError()));
  assertEquals(one, other);
});

for (
  const method of [
    "tools/list",
    "tools/call",
    "prompts/list",
    "prompts/get",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "completion/complete",
  ]
) {
  Deno.test(`router() does not know ${method} where no server offers it`, async () => {
    using routing = new Routing([new FakeUpstream("a")]);
    const params = { name: "x", uri: "x:", ref: {} };
    await assertReason(routing.ask(method, params), "method_not_found");
  });
}

Deno.test("router() looks at what the server of the address offers, not at what others do", async () => {
  using routing = new Routing([...servers()]);
  await assertReason(routing.ask("prompts/list", {}, { scope: "b" }), "method_not_found");
  assertEquals(resultOf(await routing.ask("prompts/list")).prompts, named("a__p"));
});

Deno.test("router() finds a tool of a server that was not ready when it was asked for", async () => {
  const [a, b] = servers();
  const { capabilities } = a;
  const { promise, resolve } = Promise.withResolvers<void>();
  Object.assign(a, { isUp: false, capabilities: undefined, settled: promise });
  using routing = new Routing([a, b], { lists: { startup_wait_seconds: 10 } });
  const early = routing.ask("tools/call", { name: "a__t" });
  Object.assign(a, { isUp: true, capabilities });
  resolve();
  assertEquals(resultOf(await early).from, "a");
});

Deno.test("router() gives a page at a time, with how long it is good for", async () => {
  const names = Array.from({ length: 1001 }, (_, n) => `t${String(n).padStart(4, "0")}`);
  using routing = new Routing([new FakeUpstream("a", { tools: named(...names) })]);
  const first = resultOf(await routing.ask("tools/list"));
  const second = resultOf(await routing.ask("tools/list", { cursor: first.nextCursor }));
  const last = [{ name: "a__t1000", inputSchema: { type: "object" } }];
  assertEquals([(first.tools as unknown[]).length, second.tools], [1000, last]);
  assertEquals([second.ttlMs, second.cacheScope, "nextCursor" in second], [
    60_000,
    "private",
    false,
  ]);
});

for (const code of [-32002, -32602]) {
  Deno.test(`router() asks the next server for a resource nobody lists after ${code}`, async () => {
    const [a, b] = servers();
    using routing = new Routing([a, b]);
    const refusal = failure({ code, message: "Unknown" });
    a.onCall = ({ method }) => method === "resources/read" ? refusal : undefined;
    assertEquals(resultOf(await routing.ask("resources/read", { uri: "new:1" })).from, "b");
    b.onCall = a.onCall;
    assertEquals(await routing.ask("resources/read", { uri: "new:1" }), refusal);
    const other = failure({ code: -32603, message: "Disk full" });
    a.onCall = ({ method }) => method === "resources/read" ? other : undefined;
    assertEquals(await routing.ask("resources/read", { uri: "new:1" }), other);
  });
}

Deno.test("router() asks the next server for a resource nobody lists when one is not there", async () => {
  const [a, b] = servers();
  using routing = new Routing([a, b]);
  await routing.ask("resources/list");
  a.onCall = ({ method }) => {
    if (method !== "resources/read") return undefined;
    throw new GatewayError("backend_unavailable", 'Server "a" is not available');
  };
  assertEquals(resultOf(await routing.ask("resources/read", { uri: "new:1" })).from, "b");
  // Whether it exists is not known then; that is what is to be said.
  b.onCall = ({ method }) =>
    method === "resources/read" ? failure({ code: -32002, message: "Unknown" }) : undefined;
  await assertReason(routing.ask("resources/read", { uri: "new:1" }), "backend_unavailable");
  await assertReason(routing.ask("resources/read", { uri: "f:/x" }), "backend_unavailable");
  a.onCall = ({ method }) => {
    if (method !== "resources/read") return undefined;
    throw new GatewayError("backend_timeout", "Too slow");
  };
  await assertReason(routing.ask("resources/read", { uri: "new:1" }), "backend_timeout");
});

Deno.test("router() names what was read as it was asked for", async () => {
  const [a, b] = servers();
  using routing = new Routing([a, b]);
  const contents = [{ uri: "f:/x", text: "1" }, { uri: "f:/x/below", text: "2" }, 7];
  b.onCall = ({ method }) => method === "resources/read" ? result({ contents, k: 1 }) : undefined;
  const uri = "only1mcp+b:f:/x";
  assertEquals(resultOf(await routing.ask("resources/read", { uri })), {
    contents: [{ uri, text: "1" }, contents[1], 7],
    k: 1,
  });
  b.onCall = ({ method }) => method === "resources/read" ? result({ contents: "odd" }) : undefined;
  assertEquals(resultOf(await routing.ask("resources/read", { uri })), { contents: "odd" });
});

for (
  const { desc, instructions, scope, expected } of [
    { desc: "none", instructions: [undefined, " \n"], expected: undefined },
    {
      desc: "of all, under their ids",
      instructions: ["One.", "Two."],
      expected: "# a\n\nOne.\n\n# b\n\nTwo.",
    },
    { desc: "of some", instructions: [undefined, "Two."], expected: "# b\n\nTwo." },
    {
      desc: "of one server alone, as they are",
      instructions: ["One.", "Two."],
      scope: "b",
      expected: "Two.",
    },
    {
      desc: "cut where they are too long, never inside a character",
      instructions: ["x".repeat(32_768 - "# a\n\n".length - 1) + "\ud83d\ude00", "Two."],
      expected: `# a\n\n${"x".repeat(32_768 - "# a\n\n".length - 1)}\ufffd`,
    },
  ] as const
) {
  Deno.test(`router() gives instructions: ${desc}`, async () => {
    const both = servers();
    both.forEach((server, at) => server.instructions = instructions[at]);
    using routing = new Routing([...both]);
    const discovered = resultOf(await routing.ask("server/discover", {}, { scope }));
    assertEquals(discovered.instructions, expected);
    assertEquals([discovered.ttlMs, discovered.cacheScope], [0, "private"]);
  });
}

Deno.test("router() offers the sum of what servers offer, and everything while one is unknown", async () => {
  const [a, b] = servers();
  using routing = new Routing([a, b]);
  const offered = async (scope?: string) =>
    Object.keys(
      resultOf(await routing.ask("server/discover", {}, { scope })).capabilities as JsonObject,
    );
  assertEquals(await offered(), ["tools", "prompts", "resources", "completions"]);
  assertEquals(await offered("b"), ["tools", "resources"]);
  b.capabilities = undefined;
  assertEquals(await offered("b"), ["tools", "prompts", "resources", "completions", "logging"]);
});
