import { assert, assertEquals } from "@std/assert";
import { StdioServer } from "../../src/edge/stdio_server.ts";
import type { JsonObject } from "../../src/mcp/frames.ts";
import { MetaKey } from "../../src/mcp/meta.ts";
import { frame2026, INITIALIZE, list, tell } from "./client.ts";
import { FakeDesk, ok, untilLeft } from "./fake_desk.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** One client on the other end of the pipe. */
function served(desk = new FakeDesk()) {
  const lines: string[] = [];
  const server = new StdioServer(desk, (line) => lines.push(line));
  const say = (value: unknown) =>
    server.receive(typeof value === "string" ? value : JSON.stringify(value));
  /** What came back, once everything said so far is answered. */
  const heard = async () => {
    await server.answered();
    return lines.splice(0).map((line) => JSON.parse(line));
  };
  return { desk, server, say, heard, lines };
}

async function initialized(version: string, desk = new FakeDesk()) {
  const client = served(desk);
  client.say({ ...INITIALIZE, params: { ...INITIALIZE.params, protocolVersion: version } });
  const [answer] = await client.heard();
  assertEquals(answer.result.protocolVersion, version);
  return client;
}

Deno.test("StdioServer serves a client of 2025", async () => {
  const { say, heard } = await initialized("2025-06-18");
  say(tell("notifications/initialized"));
  say(list("x"));
  assertEquals(await heard(), [{ jsonrpc: "2.0", id: "x", result: { did: "tools/list" } }]);
});

Deno.test("StdioServer serves a client of 2026, without a handshake", async () => {
  const { say, heard, desk } = served();
  say(frame2026("server/discover"));
  say(frame2026("tools/list", {}, "b"));
  const [discovered, listed] = await heard();
  assertEquals(discovered.result.supportedVersions[0], "2026-07-28");
  assertEquals([listed.id, listed.result.resultType], ["b", "complete"]);
  assertEquals(desk.calls.map(({ method }) => method), ["server/discover", "tools/list"]);
});

Deno.test("StdioServer tells eras apart frame by frame", async () => {
  const { say, heard } = await initialized("2025-11-25");
  say(list(1));
  say(frame2026("tools/list", {}, 1));
  const answers = await heard();
  assertEquals(answers.map(({ id }) => id), [1, 1]);
  assertEquals(answers.map(({ result }) => result.resultType).toSorted(), ["complete", undefined]);
});

for (
  const { desc, line, code, id } of [
    { desc: "no JSON", line: "{", code: -32700, id: undefined },
    { desc: "a number", line: "7", code: -32600, id: undefined },
    { desc: "a batch before there is a session", line: "[]", code: -32600, id: undefined },
    { desc: "no JSON-RPC", line: '{"id":3,"method":"ping"}', code: -32600, id: 3 },
    {
      desc: "an unknown method of 2025",
      line: '{"jsonrpc":"2.0","id":3,"method":"x"}',
      code: -32601,
      id: 3,
    },
    {
      desc: "a probe without what 2026 asks for",
      line: '{"jsonrpc":"2.0","id":3,"method":"server/discover"}',
      code: -32602,
      id: 3,
    },
    {
      desc: "an unknown method of 2026",
      line: JSON.stringify(frame2026("x", {}, 3)),
      code: -32601,
      id: 3,
    },
    {
      desc: "an unknown version",
      line: JSON.stringify(
        frame2026("ping", { _meta: { [MetaKey.protocolVersion]: "2027-01-01" } }, 3),
      ),
      code: -32022,
      id: 3,
    },
  ]
) {
  Deno.test(`StdioServer answers ${desc} with ${code}`, async () => {
    const { say, heard } = served();
    say(line);
    const answers = await heard();
    assertEquals(answers.map((answer) => [answer.id, answer.error.code]), [[id, code]]);
  });
}

for (const line of ["", "   ", "\t"]) {
  Deno.test(`StdioServer ignores a line of ${JSON.stringify(line)}`, async () => {
    const { say, heard } = served();
    say(line);
    assertEquals(await heard(), []);
  });
}

for (
  const { desc, make } of [
    { desc: "2025", make: (id: unknown) => list(id) },
    { desc: "2026", make: (id: unknown) => frame2026("tools/list", {}, id) },
  ]
) {
  Deno.test(`StdioServer cancels a request of ${desc} on notice, and answers it no more`, async () => {
    const desk = new FakeDesk();
    const { say, heard } = served(desk);
    desk.onCall = untilLeft;
    say(make(1));
    say(make("1"));
    for (const requestId of [undefined, null, 99, 1]) {
      say(tell("notifications/cancelled", requestId === undefined ? {} : { requestId }));
    }
    assertEquals(desk.calls.map(({ signal }) => signal.aborted), [true, false]);
    say(tell("notifications/cancelled", { requestId: "1" }));
    assertEquals(await heard(), []);
  });

  Deno.test(`StdioServer refuses an id of ${desc} that is in use, and takes it again afterwards`, async () => {
    const desk = new FakeDesk();
    const { say, heard, lines } = served(desk);
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof ok>>();
    desk.onCall = () => promise;
    say(make(1));
    say(make(1));
    resolve(ok({}));
    const answers = await heard();
    assertEquals(answers.map(({ error }) => error?.code).toSorted(), [-32600, undefined]);
    say(make(1));
    assertEquals((await heard()).length, 1);
    assertEquals(lines, []);
  });
}

Deno.test("StdioServer ties the events of a subscription of 2026 to it, and ends it with a result", async () => {
  const desk = new FakeDesk();
  const { say, heard } = served(desk);
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof ok>>();
  desk.onCall = (call) => {
    call.emit({ kind: "acknowledged", filter: {} });
    call.emit({ kind: "list_changed", list: "tools" });
    return promise;
  };
  say(frame2026("subscriptions/listen", { notifications: {} }, "s"));
  resolve(ok({}));
  const answers = await heard();
  assertEquals(answers.map(({ method }) => method), [
    "notifications/subscriptions/acknowledged",
    "notifications/tools/list_changed",
    undefined,
  ]);
  const ids = answers.map(({ params, result }) => (params ?? result)._meta[MetaKey.subscriptionId]);
  assertEquals(ids, ["s", "s", "s"]);
});

Deno.test("StdioServer tells a client of 2025 of changes once it is initialized", async () => {
  const { say, heard, desk } = await initialized("2025-11-25");
  assertEquals(desk.of("subscriptions/listen").length, 0);
  say(tell("notifications/initialized"));
  say(tell("notifications/initialized"));
  const [listen, ...more] = desk.of("subscriptions/listen");
  assertEquals(more, []);
  listen!.emit({ kind: "list_changed", list: "prompts" });
  assertEquals(
    await heard(),
    [tell("notifications/prompts/list_changed", undefined)].map(
      ({ jsonrpc, method }) => ({ jsonrpc, method }),
    ),
  );
});

Deno.test("StdioServer answers a batch of 2025-03-26 with one line", async () => {
  const { say, lines, server, desk } = await initialized("2025-03-26");
  say([list(1), tell("notifications/initialized"), list(2), { jsonrpc: "2.0", id: 9, result: {} }]);
  await server.answered();
  assertEquals(lines.map((line) => JSON.parse(line).map(({ id }: JsonObject) => id)), [[1, 2]]);
  assertEquals(desk.of("subscriptions/listen").length, 1);
});

for (
  const { desc, batch, codes } of [
    { desc: "nothing", batch: [], codes: [-32600] },
    { desc: "notifications alone", batch: [tell("a")], codes: [] },
    { desc: "what is no message", batch: [7, tell("a")], codes: [-32600] },
  ]
) {
  Deno.test(`StdioServer answers a batch of ${desc} with ${codes.length} errors`, async () => {
    const { say, heard } = await initialized("2025-03-26");
    say(batch);
    assertEquals((await heard()).map(({ error }) => error.code), codes);
  });
}

Deno.test("StdioServer takes batches from no later revision", async () => {
  const { say, heard } = await initialized("2025-06-18");
  say([list(1)]);
  assertEquals((await heard()).map(({ error }) => error.code), [-32600]);
});

Deno.test("StdioServer that ends cancels everything and waits for it", async () => {
  const { say, server, desk, lines } = await initialized("2025-11-25");
  say(tell("notifications/initialized"));
  desk.onCall = untilLeft;
  say(list(1));
  say(frame2026("tools/list", {}, 2));
  await server.end();
  assert(desk.calls.slice(1).every(({ signal }) => signal.aborted));
  assertEquals(lines, []);
});

Deno.test("StdioServer survives a bug, logs it and says that it failed", async () => {
  const desk = new FakeDesk();
  const { say, heard } = served(desk);
  desk.onCall = () => {
    throw new TypeError("secret place");
  };
  say(list(1));
  say(frame2026("tools/list", {}, 2));
  const answers = await heard();
  assertEquals(answers.map(({ id }) => id).toSorted(), [1, 2]);
  assertEquals(answers.map(({ error }) => error.code), [-32603, -32603]);
  assertEquals(desk.log.lines.length, 2);
  assert(!JSON.stringify(answers).includes("secret"));
});

Deno.test("StdioServer says that a message was too large", async () => {
  const { server, heard } = served();
  server.tooLarge();
  const [answer] = await heard();
  assertEquals([answer.id, answer.error.data.reason], [undefined, "payload_too_large"]);
});
