import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import { parseJson } from "../../src/mcp/json.ts";
import { SessionLostError } from "../../src/backends/failures.ts";
import { TransportError } from "../../src/backends/transports/transport.ts";
import type { Reason } from "../../src/pipeline/errors.ts";
import { assertReason, connected, exchange } from "./connected.ts";

const ECHO = { content: [{ type: "text", text: "a" }], extra: { n: 1 } };

for (const era of ["2025", "2026"] as const) {
  for (const kind of ["stdio", "streamable_http"] as const) {
    const name = `Connection of ${era} over ${kind}`;

    Deno.test(`${name} gives each request its own answer, in any order`, async () => {
      const { transport, connection } = await connected(era, kind);
      const replies = [1, 2, 3].map((n) => connection.call(exchange({ params: { n } })));
      assertEquals(transport.requests().map(({ id }) => id), [1, 2, 3]);
      for (const id of [2, 3, 1]) transport.answers(id, { for: id });
      assertEquals(
        await Promise.all(replies),
        [1, 2, 3].map((id) => ({ kind: "result" as const, result: { for: id } })),
      );
      assertEquals([connection.inFlight, connection.noise], [0, 0]);
      await connection.close();
    });

    Deno.test(`${name} relays errors as they are`, async () => {
      const { transport, connection } = await connected(era, kind);
      const reply = connection.call(exchange());
      const error = { code: -32002, message: "Gone", data: { uri: "a", n: [1] } };
      transport.refuses(1, error);
      assertEquals(await reply, { kind: "error", error });
      await connection.close();
    });

    Deno.test(`${name} ignores answers that come twice, late or for nobody`, async () => {
      const { transport, connection } = await connected(era, kind);
      const first = connection.call(exchange());
      transport.answers(1, { n: 1 });
      transport.answers(1, { n: 2 });
      transport.answers(99, {});
      transport.answers("no-such", {});
      const second = connection.call(exchange());
      transport.answers(1, { n: 3 });
      transport.answers(2, { n: 4 });
      assertEquals([await first, await second], [
        { kind: "result", result: { n: 1 } },
        { kind: "result", result: { n: 4 } },
      ]);
      assertEquals(connection.noise, 4);
      await connection.close();
    });

    for (const id of ['"1"', "1.0"]) {
      Deno.test(`${name} understands a server that turns id 1 into ${id}`, async () => {
        const { transport, connection } = await connected(era, kind);
        const reply = connection.call(exchange());
        transport.answers(parseJson(id) as string, ECHO);
        assertEquals(await reply, { kind: "result", result: ECHO });
        await connection.close();
      });
    }

    Deno.test(`${name} tells the server that a caller cancelled, and nobody else's call`, async () => {
      const { transport, connection } = await connected(era, kind);
      const caller = new AbortController();
      const cancelled = connection.call(exchange({ signal: caller.signal }));
      const other = connection.call(exchange());
      caller.abort();
      await assertReason(cancelled, "cancelled");
      transport.answers(1, { late: true });
      transport.answers(2, ECHO);
      assertEquals(await other, { kind: "result", result: ECHO });
      // Closing the stream is how a 2026 server on HTTP is told, and all that it is told.
      const isTold = !(era === "2026" && kind === "streamable_http");
      assertEquals(
        transport.notifications(),
        isTold
          ? [["notifications/cancelled", { requestId: 1, reason: "The caller cancelled" }]]
          : [],
      );
      assertEquals(transport.abandoned, [1]);
      await connection.close();
    });

    Deno.test(`${name} gives a silent request up in time and says so to the server`, async () => {
      const { transport, connection } = await connected(era, kind);
      const error = await assertReason(
        connection.call(exchange({ silenceMs: 5, maxMs: 1000 })),
        "backend_timeout",
      );
      assertEquals(
        error.message,
        'Call to "files" timed out: tools/call gave no answer or progress for 5 ms',
      );
      assertEquals(transport.abandoned, [1]);
      const isTold = !(era === "2026" && kind === "streamable_http");
      assertEquals(transport.notifications().length, isTold ? 1 : 0);
      assertEquals(connection.inFlight, 0);
      await connection.close();
    });

    Deno.test(`${name} ends all requests with the channel, once`, async () => {
      const { transport, connection, closures } = await connected(era, kind);
      const calls = [connection.call(exchange()), connection.call(exchange())];
      transport.events.onClosed("Process exited with code 7");
      transport.events.onClosed("again");
      const reason = kind === "stdio" ? "backend_crashed" : "outcome_unknown";
      for (const call of calls) {
        const error = await assertReason(call, reason);
        assert(!error.message.includes("code 7"), error.message);
        assertEquals(error.detail, "Process exited with code 7");
      }
      assertEquals(closures, ["Process exited with code 7"]);
      const sent = transport.sent.length;
      await assertReason(connection.call(exchange()), "backend_unavailable");
      assertEquals(transport.sent.length, sent);
      await connection.close();
    });

    Deno.test(`${name} says that a call's outcome is unknown when it was closed on purpose`, async () => {
      const { transport, connection, closures } = await connected(era, kind);
      const call = connection.call(exchange());
      await connection.close();
      await assertReason(call, "outcome_unknown");
      await assertReason(connection.call(exchange()), "backend_unavailable");
      transport.events.onClosed("too late to tell");
      assertEquals([closures, transport.closings], [[], 1]);
    });
  }
}

Deno.test("Connection sends nothing of a call that was cancelled before", async () => {
  const { transport, connection } = await connected();
  await assertReason(connection.call(exchange({ signal: AbortSignal.abort() })), "cancelled");
  assertEquals(transport.sent, []);
  await connection.close();
});

Deno.test("Connection ignores a signal that fires after the answer", async () => {
  const { transport, connection } = await connected();
  const caller = new AbortController();
  const reply = connection.call(exchange({ signal: caller.signal }));
  transport.answers(1, ECHO);
  await reply;
  caller.abort();
  assertEquals([transport.notifications(), transport.abandoned], [[], []]);
  await connection.close();
});

Deno.test("Connection never cancels initialize", async () => {
  const { transport, connection } = await connected();
  const initialize = exchange({ method: "initialize", silenceMs: 5, maxMs: 5 });
  await assertReason(connection.exchange(initialize, "2025"), "backend_timeout");
  assertEquals([transport.notifications(), transport.abandoned], [[], [1]]);
  await connection.close();
});

Deno.test("Connection gives an error without an id to the only request there is", async () => {
  const { transport, connection } = await connected();
  const error = { code: -32700, message: "Parse error" };
  const first = connection.call(exchange());
  transport.says({ kind: "response", id: undefined, outcome: { error } });
  assertEquals(await first, { kind: "error", error });
  const two = [connection.call(exchange()), connection.call(exchange())];
  transport.says({ kind: "response", id: undefined, outcome: { error } });
  assertEquals([connection.inFlight, connection.noise], [2, 1]);
  transport.answers(2, ECHO);
  transport.answers(3, ECHO);
  await Promise.all(two);
  await connection.close();
});

Deno.test("Connection gives an error without an id to the request on whose stream it came", async () => {
  const { transport, connection } = await connected("2025", "streamable_http");
  const calls = [connection.call(exchange()), connection.call(exchange())];
  const error = { code: -32600, message: "Bad" };
  transport.says({ kind: "response", id: undefined, outcome: { error } }, 2);
  assertEquals(await calls[1], { kind: "error", error });
  transport.answers(1, ECHO);
  assertEquals(await calls[0], { kind: "result", result: ECHO });
  await connection.close();
});

Deno.test("Connection over HTTP takes the end of a stream for the end of its request", async () => {
  const { transport, connection } = await connected("2026", "streamable_http");
  const calls = [connection.call(exchange()), connection.call(exchange())];
  transport.endStream(1);
  await assertReason(calls[0]!, "outcome_unknown");
  assertEquals(connection.inFlight, 1);
  transport.answers(2, ECHO);
  await calls[1];
  await connection.close();
});

const SEND_ERRORS: readonly {
  readonly desc: string;
  readonly error: unknown;
  readonly reason: Reason;
}[] = [
  {
    desc: "never left",
    error: new TransportError("refused", { sent: false }),
    reason: "backend_unavailable",
  },
  {
    desc: "may have arrived",
    error: new TransportError("cut", { sent: true }),
    reason: "outcome_unknown",
  },
  {
    desc: "found a full queue",
    error: new TransportError("full", { sent: false, kind: "overloaded" }),
    reason: "overloaded",
  },
  {
    desc: "got an HTTP status",
    error: new TransportError("HTTP 500", { sent: true, status: 500 }),
    reason: "backend_invalid",
  },
];

for (const { desc, error, reason } of SEND_ERRORS) {
  Deno.test(`Connection says "${reason}" of a request that ${desc}`, async () => {
    const { transport, connection } = await connected();
    transport.onSend = () => Promise.reject(error);
    const thrown = await assertReason(connection.call(exchange()), reason);
    assertEquals(thrown.data.server, "files");
    assertEquals(connection.inFlight, 0);
    await connection.close();
  });
}

Deno.test("Connection tells a lost session from other failures, and a bug from both", async () => {
  const { transport, connection } = await connected();
  const lost = new TransportError("404", { sent: true, kind: "session_lost", status: 404 });
  transport.onSend = () => Promise.reject(lost);
  await assertRejects(() => connection.call(exchange()), SessionLostError);
  transport.onSend = () => Promise.reject(new RangeError("bug"));
  await assertRejects(() => connection.call(exchange()), RangeError);
  await connection.close();
});

Deno.test("Connection keeps an answer that came before its request was reported as failed", async () => {
  const { transport, connection } = await connected();
  const sending = Promise.withResolvers<void>();
  transport.onSend = () => sending.promise;
  const reply = connection.call(exchange());
  transport.answers(1, ECHO);
  sending.reject(new TransportError("cut", { sent: true }));
  assertEquals(await reply, { kind: "result", result: ECHO });
  await connection.close();
});

Deno.test("Connection of 2026 says with every request who asks", async () => {
  const { transport, connection } = await connected("2026");
  const reply = connection.call(exchange({
    client: { info: { name: "c" }, capabilities: { roots: {} } },
    logs: "warning",
    wantsProgress: true,
  }));
  assertEquals(transport.requests()[0]!.params, {
    name: "t",
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": { roots: {} },
      "io.modelcontextprotocol/clientInfo": { name: "c" },
      "io.modelcontextprotocol/logLevel": "warning",
      progressToken: 1,
    },
  });
  transport.answers(1, {});
  await reply;
  await connection.close();
});

Deno.test("Connection of 2025 sends what it is given", async () => {
  const { transport, connection } = await connected("2025");
  const params = { name: "t", _meta: { traceparent: "x" } };
  const reply = connection.call(exchange({ params, logs: "debug" }));
  assertStrictEquals(transport.requests()[0]!.params, params);
  transport.answers(1, {});
  await reply;
  await connection.close();
});

Deno.test("Connection sends headers to 2026 servers on HTTP only", async () => {
  const sql = exchange({
    params: { name: "sql", arguments: { region: "eu" } },
    inputSchema: { properties: { region: { type: "string", "x-mcp-header": "Region" } } },
  });
  for (
    const [era, kind, headers] of [
      ["2026", "streamable_http", { "Mcp-Name": "sql", "Mcp-Param-Region": "eu" }],
      ["2026", "stdio", undefined],
      ["2025", "streamable_http", undefined],
    ] as const
  ) {
    const { transport, connection } = await connected(era, kind);
    const reply = connection.call(sql);
    assertEquals(transport.headers, [headers]);
    transport.answers(1, {});
    await reply;
    await connection.close();
  }
});

const ANSWERS_2026: readonly (readonly [desc: string, result: JsonObject, problem: string])[] = [
  ["a type nobody knows", { resultType: "task" }, 'Unknown resultType "task"'],
  ["an empty question", { resultType: "input_required" }, "neither inputRequests nor requestState"],
];

for (const [desc, result, problem] of ANSWERS_2026) {
  Deno.test(`Connection of 2026 calls invalid an answer with ${desc}`, async () => {
    const { transport, connection } = await connected("2026");
    const reply = connection.call(exchange());
    transport.answers(1, result);
    const error = await assertReason(reply, "backend_invalid");
    assert(error.detail?.includes(problem), error.detail);
    await connection.close();
  });
}

Deno.test("Connection reads questions of 2026 servers, and not of 2025 ones", async () => {
  const result = { resultType: "input_required", inputRequests: { a: {} } };
  const modern = await connected("2026");
  const asked = modern.connection.call(exchange());
  modern.transport.answers(1, result);
  assertEquals(await asked, { kind: "input_required", result: { inputRequests: { a: {} } } });
  await modern.connection.close();
  const legacy = await connected("2025");
  const answered = legacy.connection.call(exchange());
  legacy.transport.answers(1, result);
  assertEquals(await answered, { kind: "result", result });
  await legacy.connection.close();
});

Deno.test("Connection.ensureLogLevel() asks for more, never for less, and never twice", async () => {
  const { transport, connection } = await connected();
  transport.onSend = (frame) => {
    if (frame.kind === "request") queueMicrotask(() => transport.answers(frame.id, {}));
    return undefined;
  };
  for (const level of ["warning", "error", "warning", "debug", "info"] as const) {
    await connection.ensureLogLevel(level, 1000);
  }
  const levels = transport.requests("logging/setLevel").map(({ params }) => params?.level);
  assertEquals(levels, ["warning", "debug"]);
  await connection.close();
});

Deno.test("Connection.drained() waits for what is in flight, or for the signal", async () => {
  const { transport, connection } = await connected();
  const stop = new AbortController();
  await connection.drained(stop.signal);
  const calls = [connection.call(exchange()), connection.call(exchange())];
  const drained = connection.drained(stop.signal);
  for (const id of [1, 2]) transport.answers(id, {});
  await Promise.all([...calls, drained]);
  const stuck = connection.call(exchange());
  const given = connection.drained(stop.signal);
  stop.abort();
  await given;
  assertEquals(connection.inFlight, 1);
  await Promise.all([connection.close(), assertReason(stuck, "outcome_unknown")]);
});

Deno.test("Connection keeps ten thousand requests apart", async () => {
  const { transport, connection } = await connected("2026");
  const count = 10_000;
  const replies = Array.from({ length: count }, () => connection.call(exchange()));
  for (let id = count; id > 0; id--) transport.answers(id, { id });
  const results = await Promise.all(replies);
  assert(results.every((reply, at) => reply.kind === "result" && reply.result.id === at + 1));
  assertEquals(connection.inFlight, 0);
  await connection.close();
});
