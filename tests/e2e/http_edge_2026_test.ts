import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Json, listed, reasonOf, textOf } from "./answer.ts";
import { Client2026, META_2026 } from "./client_2026.ts";
import { fixtureEntry } from "./fixture_entry.ts";
import { postFrame, Session2025 } from "./session_2025.ts";
import { sharedGateway } from "./shared_gateway.ts";

// What the HTTP door owes clients of 2026-07-28.

Deno.test.sanitizer({ ops: true, resources: true });

const shared = sharedGateway(() => ({
  servers: [
    fixtureEntry("a", "collide", { args: ["--name", "a"] }),
    fixtureEntry("new", "extras", { args: ["--era", "2026"] }),
    fixtureEntry("asks", "asks", { args: ["--era", "2026"] }),
  ],
}), { servers: 3 });

const VERSION = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";

Deno.test("HTTP edge says what it offers to a client of 2026", async () => {
  const client = new Client2026(shared().url);
  const { status, headers, result } = await client.request("server/discover");
  assertEquals(status, 200);
  assertEquals(headers.get("mcp-session-id"), null);
  assertEquals(result?.resultType, "complete");
  assertEquals((result?.supportedVersions as string[])[0], "2026-07-28");
  assertEquals(Object.keys(result?.capabilities as Json).includes("tools"), true);
  assertEquals(typeof result?.ttlMs, "number");
  assertMatch(String(result?.cacheScope), /^(public|private)$/);
  const info = (result?._meta as Json)["io.modelcontextprotocol/serverInfo"] as Json;
  assertEquals(info.name, "only1mcp");
});

Deno.test("HTTP edge serves lists, calls, prompts and resources without a session", async () => {
  const client = new Client2026(shared().url);
  const tools = await client.request("tools/list");
  assertEquals(tools.result?.resultType, "complete");
  assert(Number.isInteger(tools.result?.ttlMs));
  assertEquals(listed(tools, "tools", "name").slice(0, 2), ["a__only_a", "a__search"]);
  const call = await client.call("a__search");
  assertEquals([textOf(call), call.result?.resultType], ["a", "complete"]);
  const prompt = await client.request("prompts/get", { name: "a__review" });
  assertEquals(prompt.result?.resultType, "complete");
  const read = await client.request("resources/read", { uri: "test://shared/readme" });
  assertEquals([read.result?.resultType, typeof read.result?.ttlMs], ["complete", "number"]);
  const scoped = new Client2026(`${shared().url}/a`);
  assertEquals(listed(await scoped.request("tools/list"), "tools", "name"), ["only_a", "search"]);
});

const MISMATCHES: readonly { desc: string; headers: Record<string, string>; name?: string }[] = [
  { desc: "no Mcp-Method", headers: { "mcp-method": "" } },
  { desc: "another Mcp-Method", headers: { "mcp-method": "tools/list" } },
  { desc: "Mcp-Method in other letters", headers: { "mcp-method": "Tools/Call" } },
  { desc: "no Mcp-Name", headers: { "mcp-name": "" } },
  { desc: "another Mcp-Name", headers: { "mcp-name": "a__only_a" } },
  { desc: "an Mcp-Name of bad encoding", headers: { "mcp-name": "=?base64?!!?=" } },
  { desc: "no MCP-Protocol-Version", headers: { "mcp-protocol-version": "" } },
  { desc: "another MCP-Protocol-Version", headers: { "mcp-protocol-version": "2025-11-25" } },
];

for (const { desc, headers } of MISMATCHES) {
  Deno.test(`HTTP edge refuses a request of 2026 with ${desc}`, async () => {
    const client = new Client2026(shared().url);
    const answer = await client.request("tools/call", { name: "a__search" }, { headers });
    assertEquals([answer.status, answer.error?.code], [400, -32020], answer.text);
    assertEquals(reasonOf(answer), "header_mismatch");
    assertEquals(answer.id, 1);
  });
}

Deno.test("HTTP edge takes an Mcp-Name that is encoded", async () => {
  const client = new Client2026(shared().url);
  const name = `=?base64?${btoa("a__search")}?=`;
  const options = { headers: { "mcp-name": name } };
  assertEquals(textOf(await client.request("tools/call", { name: "a__search" }, options)), "a");
});

Deno.test("HTTP edge refuses a version it does not know, and says which it knows", async () => {
  const client = new Client2026(shared().url);
  const answer = await client.request("tools/list", { _meta: { [VERSION]: "2099-01-01" } }, {
    headers: { "mcp-protocol-version": "2099-01-01" },
  });
  assertEquals([answer.status, answer.error?.code], [400, -32022]);
  const data = answer.error?.data as Json;
  assert((data.supported as string[]).includes("2026-07-28"));
  assertEquals(data.requested, "2099-01-01");
});

Deno.test("HTTP edge refuses a request of 2026 that lacks what it must say", async () => {
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" };
  const { [CAPABILITIES]: _none, ...lacking } = META_2026;
  for (const _meta of [{}, lacking, { ...META_2026, [CAPABILITIES]: 7 }]) {
    const frame = { jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta } };
    const response = await postFrame(shared().url, frame, { headers });
    const { error } = await response.json();
    assertEquals([response.status, error.code], [400, -32602], JSON.stringify(_meta));
  }
});

Deno.test("HTTP edge answers an unknown method of 2026 with 404 and -32601", async () => {
  const client = new Client2026(shared().url);
  const removed = ["initialize", "ping", "logging/setLevel", "resources/subscribe"];
  for (const method of [...removed, "nope", "__proto__", "constructor"]) {
    const { status, error } = await client.request(method);
    assertEquals([status, error?.code], [404, -32601], method);
  }
});

Deno.test("HTTP edge says -32602 for what does not exist, in the same words for all", async () => {
  const client = new Client2026(shared().url);
  const answers = await Promise.all([
    client.call("a__nothing"),
    client.call("nobody__search"),
    client.call("constructor"),
    client.request("prompts/get", { name: "a__nothing" }),
  ]);
  for (const { status, error } of answers) assertEquals([status, error?.code], [200, -32602]);
  assertEquals(answers[0]?.error?.message, "Unknown tool: a__nothing");
  assertEquals((await client.request("tools/list", { cursor: "x" })).error?.code, -32602);
});

Deno.test("HTTP edge accepts notifications of 2026 and refuses answers", async () => {
  const headers = { "mcp-protocol-version": "2026-07-28" };
  const frames: readonly [object, number][] = [
    [{ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } }, 202],
    [{ jsonrpc: "2.0", id: 1, result: {} }, 400],
  ];
  for (const [frame, status] of frames) {
    const response = await postFrame(shared().url, frame, { headers });
    await response.body?.cancel();
    assertEquals(response.status, status, JSON.stringify(frame));
  }
});

Deno.test("HTTP edge tells eras apart by each message, on one address", async () => {
  const modern = new Client2026(shared().url);
  const old = await Session2025.open(shared().url);
  for (let round = 0; round < 3; round++) {
    const [fromOld, fromModern] = await Promise.all([
      old.call("a__search"),
      modern.call("a__search"),
    ]);
    assertEquals([textOf(fromOld), textOf(fromModern)], ["a", "a"]);
    assertEquals(fromOld.result?.resultType, undefined);
    assertEquals(fromModern.result?.resultType, "complete");
  }
});

Deno.test("HTTP edge passes questions of a 2026 server to a 2026 client, and the answers back", async () => {
  const client = new Client2026(shared().url);
  const _meta = { [CAPABILITIES]: { elicitation: {}, sampling: {}, roots: {} } };
  const asked = await client.call("asks__elicit", {}, _meta);
  assertEquals(asked.result?.resultType, "input_required");
  const questions = asked.result?.inputRequests as Readonly<Record<string, Json>>;
  const [[key, question]] = Object.entries(questions) as [[string, Json]];
  assertEquals(question.method, "elicitation/create");
  const answered = await client.request("tools/call", {
    name: "asks__elicit",
    arguments: {},
    inputResponses: { [key]: { action: "accept", content: { name: "Ada" } } },
    requestState: asked.result?.requestState,
    _meta,
  });
  const said = textOf(answered);
  assert(said.includes("Ada") && said.includes("state of elicit"), said);
});

Deno.test("HTTP edge keeps members that no specification knows, in both eras", async () => {
  const modern = new Client2026(shared().url);
  const old = await Session2025.open(shared().url);
  for (const client of [modern, old]) {
    const { result } = await client.request("tools/list");
    const tools = result?.tools as readonly Json[];
    const tool = tools.find(({ name }) => name === "new__extra");
    const extra = { nested: [1, { deep: true }] };
    assertEquals(tool?.["x-extra"], extra);
    assertEquals((tool?.annotations as Json)["x-extra"], extra);
    assertEquals((tool?._meta as Json)["example.com/extra"], "kept");
    const call = await client.call("new__extra");
    assertEquals(call.result?.["x-extra"], extra);
    assertEquals((call.result?._meta as Json)["example.com/extra"], "kept");
    assertEquals((call.result?.content as readonly Json[])[0]?.["x-extra"], extra);
    const { error } = await client.call("new__error");
    assertEquals([error?.code, error?.message], [-31999, "An error of its own"]);
    assertEquals(error?.data, { why: "because", "x-extra": extra });
  }
});
