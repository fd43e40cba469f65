import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Http2025, startHttp2025 } from "../fixtures/http_2025.ts";
import { type Http2026, startHttp2026 } from "../fixtures/http_2026.ts";
import type { Fault, HttpFixture } from "../fixtures/http_fixture.ts";
import { startHttpForgetsSession } from "../fixtures/http_forgets_session.ts";
import { startHttpSse2024 } from "../fixtures/http_sse_2024.ts";
import { type Answer, reasonOf, textOf } from "./answer.ts";
import { Client2026 } from "./client_2026.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { Session2025 } from "./session_2025.ts";
import { until } from "./until.ts";

// Servers over HTTP that break the rules, each in its own way.

Deno.test.sanitizer({ ops: true, resources: true });

function remote(
  id: string,
  { url }: HttpFixture,
  more: { readonly type?: string; readonly headers?: object } = {},
): object {
  return {
    id,
    transport: { type: "streamable_http", url, ...more },
    timeouts: { call_seconds: 1.5, connect_seconds: 5 },
  };
}

function start(...servers: readonly object[]): Promise<GatewayProcess> {
  const restarts = { min_delay_seconds: 0.05, max_delay_seconds: 0.2 };
  return GatewayProcess.start({ restarts, servers });
}

/** How an answer came out: its text, or the gateway's word for what went wrong. */
function outcomeOf(answer: Answer): unknown {
  return answer.error === undefined ? textOf(answer) : reasonOf(answer);
}

/** What may come of a call to a server that answers badly; the server carries it out in every case. */
const OUTCOMES: readonly { readonly fault: Fault; readonly outcomes: readonly string[] }[] = [
  { fault: "none", outcomes: ["{}"] },
  { fault: "messy_sse", outcomes: ["{}"] },
  { fault: "slow_drip", outcomes: ["{}"] },
  { fault: "huge_headers", outcomes: ["{}", "backend_invalid", "outcome_unknown"] },
  { fault: "wrong_type", outcomes: ["{}", "backend_invalid"] },
  { fault: "drop", outcomes: ["outcome_unknown"] },
  { fault: "end_early", outcomes: ["outcome_unknown"] },
  { fault: "truncated", outcomes: ["backend_invalid", "outcome_unknown"] },
  { fault: "html_as_json", outcomes: ["backend_invalid", "outcome_unknown"] },
  { fault: "error_500", outcomes: ["backend_invalid", "outcome_unknown"] },
  { fault: "accepted", outcomes: ["backend_invalid", "outcome_unknown"] },
  { fault: "redirect", outcomes: ["backend_invalid", "outcome_unknown"] },
  { fault: "redirect_307", outcomes: ["backend_invalid", "outcome_unknown"] },
  { fault: "silent", outcomes: ["backend_timeout"] },
];

for (
  const { era, startServer } of [
    { era: "2025", startServer: (): Http2025 => startHttp2025() },
    { era: "2026", startServer: (): Http2026 => startHttp2026() },
  ]
) {
  Deno.test(`a ${era} server that answers badly fails the one call, which is sent once`, async () => {
    await using target = startHttp2025();
    await using server = startServer();
    await using gateway = await start(
      remote("bad", server, { headers: { Authorization: "Bearer secret" } }),
    );
    await gateway.up(1);
    const client = new Client2026(gateway.url);
    for (const { fault, outcomes } of OUTCOMES) {
      const before = server.executions.length;
      server.behave({ fault, redirectTo: target.url });
      const answer = await client.call("bad__echo");
      assert(outcomes.includes(String(outcomeOf(answer))), `${fault}: ${answer.text}`);
      assert(!/php|srv|127\.0\.0\.1|secret/.test(answer.text), answer.text);
      server.behave({ fault: "none" });
      assertEquals(server.executions.slice(before), ["echo"], fault);
      await until(
        `it works again after ${fault}`,
        async () => outcomeOf(await client.call("bad__work")) === "worked",
      );
    }
    assertEquals(target.journal, [], "no redirect is followed");
  });
}

Deno.test("an answer whose stream broke is fetched where the server allows it", async () => {
  await using server = startHttp2025();
  await using gateway = await start(remote("resume", server));
  await gateway.up(1);
  server.behave({ fault: "drop_with_ids" });
  const client = new Client2026(gateway.url);
  assertEquals(textOf(await client.call("resume__echo", { b: 2 })), '{"b":2}');
  assertEquals(server.executions, ["echo"]);
  assert(server.journal.some(({ headers }) => headers.get("last-event-id") === "resume-here"));
});

Deno.test("a forgotten session is opened anew, and no tool is called twice", async () => {
  await using server = startHttpForgetsSession(4);
  await using gateway = await start(remote("forgets", server));
  await gateway.up(1);
  const client = new Client2026(gateway.url);
  const sent: string[] = [];
  const outcomes: unknown[] = [];
  for (let round = 0; round < 20; round++) {
    outcomes.push(outcomeOf(await client.call("forgets__echo", { round })));
    sent.push("echo");
    // Lists are asked for again when the session is gone.
    assertEquals((await client.request("tools/list")).error, undefined);
  }
  const carriedOut = outcomes.filter((outcome) => String(outcome).startsWith("{"));
  assert(carriedOut.length >= 10, String(outcomes));
  for (const outcome of outcomes) {
    assert(String(outcome).startsWith("{") || outcome === "outcome_unknown", String(outcome));
  }
  assert(server.executions.length <= sent.length);
  assertEquals(server.executions.length, carriedOut.length);
  const rounds = server.journal.filter(({ method }) => method === "tools/call")
    .map(({ frame }) => JSON.stringify(frame?.params));
  assertEquals(new Set(rounds).size, rounds.length, "each call was sent once");
});

Deno.test("changes of servers over HTTP reach clients of both eras", async () => {
  await using old = startHttp2025();
  await using modern = startHttp2026();
  await using gateway = await start(remote("old", old), remote("modern", modern));
  await gateway.up(2);
  const session = await Session2025.open(gateway.url);
  await using general = await session.listen();
  await using stream = await new Client2026(gateway.url).listen({ toolsListChanged: true });
  await stream.message();
  const change = async (tell: () => void) => {
    tell();
    for (const reader of [general, stream]) {
      assertEquals((await reader.message()).method, "notifications/tools/list_changed");
    }
  };
  await until(
    "both streams to the servers are open",
    () =>
      old.journal.some(({ verb }) => verb === "GET") &&
      modern.journal.some(({ method }) => method === "subscriptions/listen"),
  );
  await change(() => old.notify("notifications/tools/list_changed"));
  await change(() => modern.toolsChanged());
  const listens = () =>
    modern.journal.filter(({ method }) => method === "subscriptions/listen").length;
  const before = listens();
  modern.dropListeners();
  await until("the stream is opened again", () => listens() > before);
  await change(() => modern.toolsChanged());
});

Deno.test("headers that a 2026 server wants mirrored are sent, and wrong ones from clients refused", async () => {
  await using server = startHttp2026();
  await using gateway = await start(remote("modern", server));
  await gateway.up(1);
  const client = new Client2026(gateway.url);
  const call = (headers: Record<string, string>) =>
    client.request("tools/call", { name: "modern__echo", arguments: { region: "Wien ü" } }, {
      headers,
    });
  const encoded = `=?base64?${btoa(String.fromCharCode(...new TextEncoder().encode("Wien ü")))}?=`;
  assertEquals((await call({})).error?.code, -32020);
  assertEquals((await call({ "mcp-param-region": "Graz" })).error?.code, -32020);
  assertStringIncludes(textOf(await call({ "mcp-param-region": encoded })), "Wien ü");
  const seen = server.journal.filter(({ method }) => method === "tools/call");
  assertEquals(seen.map(({ headers }) => headers.get("mcp-param-region")), [encoded]);
  assertEquals(seen.map(({ headers }) => headers.get("mcp-name")), ["echo"]);
});

Deno.test("a server of 2024 is served, and found again when its stream breaks", async () => {
  await using server = startHttpSse2024();
  await using gateway = await start(remote("legacy", server, { type: "sse" }));
  await gateway.up(1);
  const client = new Client2026(gateway.url);
  const work = await client.call("legacy__work", {}, { progressToken: "p" });
  assertEquals(textOf(work), "worked");
  assertEquals(work.before.length, 3);
  server.drop();
  await until("it is back", async () => outcomeOf(await client.call("legacy__work")) === "worked");
});

Deno.test("a server of 2024 that sends us elsewhere gets nothing from us there", async () => {
  await using elsewhere = startHttp2025();
  await using server = startHttpSse2024({ endpoint: "foreign", foreignUrl: elsewhere.url });
  await using gateway = await start(
    remote("foreign", server, { type: "sse", headers: { "X-API-Key": "secret" } }),
  );
  const client = new Client2026(gateway.url);
  assertEquals(reasonOf(await client.call("foreign__echo")), "backend_unavailable");
  assertEquals(elsewhere.journal, []);
});

Deno.test("a server that nobody hears of does not keep others from serving", async () => {
  await using server = startHttp2026();
  const nowhere = { id: "nowhere", transport: { type: "streamable_http", url: deadUrl() } };
  await using gateway = await start(nowhere, remote("modern", server));
  await gateway.up(1);
  const client = new Client2026(gateway.url);
  assertEquals(textOf(await client.call("modern__work")), "worked");
  const answer = await client.call("nowhere__echo");
  assertEquals(reasonOf(answer), "backend_unavailable");
  assert(!answer.text.includes("127.0.0.1"), answer.text);
});

/** A port on which nobody listens any more. */
function deadUrl(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/mcp`;
}
