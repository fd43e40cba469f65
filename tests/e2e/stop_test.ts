import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { reasonOf, textOf } from "./answer.ts";
import { Client2026 } from "./client_2026.ts";
import { EventReader } from "./event_reader.ts";
import { fixtureEntry } from "./fixture_entry.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { alive, descendantsOf } from "./process_table.ts";
import { RawHttp } from "./raw_http.ts";
import { Session2025 } from "./session_2025.ts";
import { until } from "./until.ts";

// How a gateway ends: politely to those who are being served, and leaving nothing behind.

Deno.test.sanitizer({ ops: true, resources: true });

const WORK = {
  name: "work__work",
  arguments: { steps: 700 },
  _meta: { progressToken: 1 },
};

Deno.test("SIGTERM lets calls finish, ends subscriptions on purpose, and lets nobody in", async () => {
  await using gateway = await GatewayProcess.start({
    server: { drain_seconds: 20 },
    servers: [fixtureEntry("work", "progress_log")],
  });
  await gateway.up(1);
  const children = (await descendantsOf(gateway.pid)).map(({ pid }) => pid);
  assert(children.length > 0);
  const session = await Session2025.open(gateway.url);
  const client = new Client2026(gateway.url);
  await using subscription = await client.listen({ toolsListChanged: true });
  await subscription.message();
  await using general = await session.listen();
  const old = { jsonrpc: "2.0", id: 1, method: "tools/call", params: WORK };
  await using running2025 = new EventReader(await session.post(old));
  await using running2026 = new EventReader(await client.post("tools/call", WORK));
  await Promise.all([running2025.message(), running2026.message()]);

  gateway.signal("SIGTERM");
  const end = await subscription.message();
  assertEquals(end.result?.resultType, "complete");
  await until("new calls are refused", async () => {
    const answer = await client.request("tools/list");
    return answer.status === 503 && reasonOf(answer) === "shutting_down";
  });
  assertEquals(await statusOf(`${gateway.origin}/health/live`), 200);
  assertEquals(await statusOf(`${gateway.origin}/health/ready`), 503);
  assertEquals((await session.request("ping")).status, 503);
  await assertRejects(() => Session2025.open(gateway.url));

  for (const running of [running2025, running2026]) {
    const last = (await running.rest()).at(-1);
    assert(last !== undefined);
    assertEquals(textOf(last), "700 steps");
  }
  assertEquals(await gateway.ended(), 0, await gateway.log());
  assertEquals(await general.rest(), []);
  assertEquals(await alive(children), []);
});

Deno.test("SIGTERM waits no longer than it was told to", async () => {
  await using gateway = await GatewayProcess.start({
    server: { drain_seconds: 1 },
    servers: [fixtureEntry("never", "never_answers")],
  });
  await gateway.up(1);
  const client = new Client2026(gateway.url);
  const hanging = client.call("never__hang").catch((error) => error);
  await until(
    "the call hangs",
    async () => !textOf(await client.call("never__report")).includes('"hanging":[]'),
  );
  const began = performance.now();
  gateway.signal("SIGTERM");
  assertEquals(await gateway.ended(10_000), 0);
  const took = performance.now() - began;
  assert(took > 900 && took < 6000, `took ${took} ms`);
  const outcome = await hanging;
  if (!(outcome instanceof Error)) assert(outcome.error !== undefined, outcome.text);
});

Deno.test("a second SIGTERM ends everything at once", async () => {
  await using gateway = await GatewayProcess.start({
    server: { drain_seconds: 60 },
    servers: [
      fixtureEntry("never", "never_answers"),
      fixtureEntry("stubborn", "stubborn", {
        args: ["--grandchild"],
        permissions: ["--allow-run"],
      }),
    ],
  });
  await gateway.up(2);
  const client = new Client2026(gateway.url);
  const children = (await descendantsOf(gateway.pid)).map(({ pid }) => pid);
  assertEquals(children.length, 3);
  const hanging = client.call("never__hang").catch(() => {});
  await until(
    "the call hangs",
    async () => !textOf(await client.call("never__report")).includes('"hanging":[]'),
  );
  gateway.signal("SIGTERM");
  await gateway.logged(/Stopping: /);
  gateway.signal("SIGTERM");
  assertEquals(await gateway.ended(5000), 143);
  await hanging;
  await until("all processes are gone", async () => (await alive(children)).length === 0);
});

Deno.test("a server that does not want to end is ended, and so are its children", async () => {
  const entry = { args: ["--grandchild"], permissions: ["--allow-run"] };
  await using gateway = await GatewayProcess.start({
    servers: [fixtureEntry("stubborn", "stubborn", entry)],
  });
  await gateway.up(1);
  const pids: number[] = JSON.parse(
    textOf(await new Client2026(gateway.url).call("stubborn__pids")),
  );
  assertEquals((await alive(pids)).length, 2);
  const began = performance.now();
  assertEquals(await gateway.stop(), 0, await gateway.log());
  assert(performance.now() - began < 15_000);
  // They were killed; whoever inherits a grandchild takes a moment to notice.
  await until("all processes are gone", async () => (await alive(pids)).length === 0, {
    maxMs: 1000,
  });
});

Deno.test("servers do not outlive a gateway that was killed", async () => {
  await using gateway = await GatewayProcess.start({
    servers: [fixtureEntry("a", "collide"), fixtureEntry("work", "progress_log")],
  });
  await gateway.up(2);
  const children = (await descendantsOf(gateway.pid)).map(({ pid }) => pid);
  assertEquals(children.length, 2);
  gateway.signal("SIGKILL");
  await gateway.ended();
  // Their input ends with the gateway, which well-behaved servers take as the end.
  await until("all processes are gone", async () => (await alive(children)).length === 0);
});

Deno.test("SIGTERM while servers are still starting ends them too", async () => {
  await using gateway = await GatewayProcess.start({
    servers: [
      fixtureEntry("slow", "slow_start", { args: ["--delay-ms", "30000"] }),
      fixtureEntry("broken", "crash_at_start"),
    ],
  });
  const children = await until("the slow server runs", async () => {
    const found = await descendantsOf(gateway.pid);
    return found.length > 0 && found.map(({ pid }) => pid);
  });
  assertEquals(await gateway.stop(), 0, await gateway.log());
  assertEquals(await alive(children), []);
  assertStringIncludes(await gateway.log(), "Stopping");
});

Deno.test("SIGTERM does not wait for connections on which nothing comes", async () => {
  await using gateway = await GatewayProcess.start({ servers: [fixtureEntry("a", "collide")] });
  await gateway.up(1);
  using idle = await RawHttp.connect(gateway.port);
  using head = await RawHttp.connect(gateway.port);
  using body = await RawHttp.connect(gateway.port);
  const start = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
  await idle.exchange(`GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await head.write(start);
  await body.write(`${start}Accept: */*\r\nContent-Length: 1000\r\n\r\n{"jsonrpc"`);
  assertEquals(await statusOf(`${gateway.origin}/health/live`), 200);
  gateway.signal("SIGTERM");
  assertEquals(await gateway.ended(8000), 0, await gateway.log());
});

async function statusOf(url: string): Promise<number> {
  const { status, body } = await fetch(url);
  await body?.cancel();
  return status;
}
