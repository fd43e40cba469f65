import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Frame, JsonObject } from "../../src/mcp/frames.ts";
import { parseJson } from "../../src/mcp/json.ts";
import { type Transport, TransportError } from "../../src/backends/transports/transport.ts";
import { FrameLog } from "./frame_log.ts";

/** A transport, not yet opened, with a `ScriptedServer` at its other end. */
export interface ContractSubject extends AsyncDisposable {
  readonly transport: Transport;
}

/** What every transport promises, as tests. `start` makes a fresh subject; disposing of it ends its server. */
export function transportContract(name: string, start: () => Promise<ContractSubject>): void {
  function test(behaviour: string, body: (transport: Transport, log: FrameLog) => Promise<void>) {
    Deno.test(`${name} ${behaviour}`, async () => {
      await using subject = await start();
      const { transport } = subject;
      const log = new FrameLog();
      try {
        await transport.open(log, new AbortController().signal);
        await body(transport, log);
      } finally {
        await transport.close();
      }
    });
  }

  /** The origin that a frame on a request's own stream is to have. */
  function originOf(transport: Transport, id: number): number | undefined {
    return transport.requestScoped ? id : undefined;
  }

  test("carries a request and its response", async (transport, log) => {
    await transport.send(request(1, "test/echo", { text: "grüß dich 🌍\n", deep: [{}, null] }));
    const { frame, origin } = await log.response(1);
    assertEquals(origin, originOf(transport, 1));
    assertEquals(resultOf(frame), { echo: { text: "grüß dich 🌍\n", deep: [{}, null] } });
  });

  test("carries an error response", async (transport, log) => {
    await transport.send(request(1, "test/none"));
    const { frame } = await log.response(1);
    assertEquals(frame.kind === "response" && frame.outcome.error?.code, -32601);
  });

  test("carries numbers digit for digit", async (transport, log) => {
    const big = parseJson('{"n":9007199254740993}') as JsonObject;
    await transport.send(request(1, "test/echo", big));
    const { frame } = await log.response(1);
    assertEquals(JSON.stringify(resultOf(frame)), '{"echo":{"n":9007199254740993}}');
  });

  test("carries a large message both ways", async (transport, log) => {
    const text = "äöü0123456789".repeat(100_000);
    await transport.send(request(1, "test/echo", { text }));
    const { frame } = await log.response(1);
    assert((resultOf(frame).echo as JsonObject).text === text);
  });

  test("carries a notification", async (transport, log) => {
    await transport.send({ kind: "notification", method: "test/hello", params: { a: 1 } });
    await transport.send(request(1, "test/heard"));
    assertEquals(resultOf((await log.response(1)).frame), { heard: ["test/hello"] });
  });

  test("carries what the server says before it answers, in order", async (transport, log) => {
    await transport.send(request(7, "test/chatty"));
    await log.response(7);
    const notes = log.arrivals.filter(({ frame }) => frame.kind === "notification");
    assertEquals(
      notes.map(({ frame, origin }) => [frame.kind === "notification" && frame.params?.n, origin]),
      [1, 2, 3].map((n) => [n, originOf(transport, 7)]),
    );
  });

  test("carries a question of the server and its answer", async (transport, log) => {
    const sent = transport.send(request(1, "test/ask"));
    const asked = await log.until(({ arrivals }) =>
      arrivals.find(({ frame }) => frame.kind === "request")
    );
    assertEquals(asked.origin, originOf(transport, 1));
    await transport.send({ kind: "response", id: "ask-1", outcome: { result: { roots: [] } } });
    assertEquals(resultOf((await log.response(1)).frame), { got: { roots: [] } });
    await sent;
  });

  test("carries many requests at once, answered out of order", async (transport, log) => {
    const keys = Array.from({ length: 20 }, (_, n) => n);
    const held = keys.map((key) => transport.send(request(100 + key, "test/hold", { key })));
    if (!transport.requestScoped) await Promise.all(held);
    for (const key of keys.toReversed()) {
      // A request that is still on its way when its release arrives: release it again.
      for (let id = 1000 + key * 1000; id < 2000 + key * 1000; id++) {
        await transport.send(request(id, "test/release", { key }));
        if (resultOf((await log.response(id)).frame).found === true) break;
      }
      const { frame, origin } = await log.response(100 + key);
      assertEquals(resultOf(frame), { released: key });
      assertEquals(origin, originOf(transport, 100 + key));
    }
    await Promise.all(held);
  });

  test("says nothing more of an abandoned request's stream", async (transport, log) => {
    const sent = transport.send(request(1, "test/hold", { key: "a" }));
    await transport.send(request(2, "test/echo"));
    transport.abandon(1);
    transport.abandon(99);
    await sent;
    await transport.send(request(3, "test/echo", { still: "here" }));
    assertEquals(resultOf((await log.response(3)).frame), { echo: { still: "here" } });
    assertEquals(log.closures, []);
  });

  test(
    "settles what is under way when closed, and is silent from then on",
    async (transport, log) => {
      const sent = transport.send(request(1, "test/hold", { key: "a" })).then(
        () => "written",
        (error) => error,
      );
      await transport.send(request(2, "test/echo"));
      await log.response(2);
      const seen = log.arrivals.length;
      await Promise.all([transport.close(), transport.close()]);
      const outcome = await sent;
      if (transport.requestScoped) assert(outcome instanceof TransportError && outcome.sent);
      await transport.close();
      assertEquals([log.arrivals.length, log.closures], [seen, []]);
    },
  );

  test("refuses to send once closed", async (transport) => {
    await transport.close();
    const error = await assertRejects(
      () => transport.send(request(1, "test/echo")),
      TransportError,
    );
    assertEquals(error.sent, false);
  });

  Deno.test(`${name} does not open once given up`, async () => {
    await using subject = await start();
    const { transport } = subject;
    const log = new FrameLog();
    await assertRejects(() => transport.open(log, AbortSignal.abort()), TransportError);
    await transport.close();
  });

  Deno.test(`${name} can be closed without having been opened`, async () => {
    await using subject = await start();
    await subject.transport.close();
  });
}

/** A request frame. */
export function request(id: number, method: string, params?: JsonObject): Frame {
  return { kind: "request", id, method, params };
}

/** The result of a response frame that has one. */
export function resultOf(frame: Frame): JsonObject {
  assert(frame.kind === "response" && frame.outcome.result !== undefined, "Frame has no result");
  return frame.outcome.result;
}
