import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { edgeShape } from "../../src/edge/options.ts";
import { type HttpDoor, openHttp } from "../../src/gateway/http.ts";
import { silentLog } from "../../src/observe/log.ts";
import { frame2026, headers2026, INITIALIZE } from "../edge/client.ts";
import { untilLeft } from "../edge/fake_desk.ts";
import { SseReader } from "../edge/sse_reader.ts";
import { within } from "../e2e/within.ts";
import { FakeGateway } from "./fake_gateway.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const LIST = frame2026("tools/list");

function opened(gateway: FakeGateway, options: Record<string, unknown> = {}) {
  const door = openHttp(gateway, edgeShape.parse({ port: 0, ...options }), silentLog);
  return { door, close: () => within("the door closes", door.close(), 5000) };
}

function post(door: HttpDoor, frame: Record<string, unknown>): Promise<Response> {
  const headers = new Headers({
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  });
  const mirrored = frame === INITIALIZE ? {} : headers2026(frame);
  for (const [name, value] of Object.entries(mirrored)) {
    if (value !== undefined) headers.set(name, value);
  }
  return fetch(door.url, { method: "POST", headers, body: JSON.stringify(frame) });
}

Deno.test("openHttp() serves where it says, until it is closed", async () => {
  const gateway = new FakeGateway();
  const { door, close } = opened(gateway);
  assertMatch(door.url, /^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
  const answer = await (await post(door, LIST)).json();
  assertEquals(answer.result.did, "tools/list");
  await close();
  await door.finished;
  assertEquals([gateway.subscriptionsEnded, gateway.closings], [1, 1]);
});

for (
  const { states, status, servers } of [
    { states: [], status: 200, servers: { up: 0, configured: 0 } },
    { states: ["up"], status: 200, servers: { up: 1, configured: 1 } },
    { states: ["up", "crash_loop", "disabled"], status: 200, servers: { up: 1, configured: 2 } },
    { states: ["starting", "waiting"], status: 503, servers: { up: 0, configured: 2 } },
    { states: ["disabled"], status: 200, servers: { up: 0, configured: 0 } },
  ] as const
) {
  Deno.test(`openHttp() is ${status === 200 ? "" : "not "}ready with servers that are ${states}`, async () => {
    const gateway = new FakeGateway();
    gateway.states = [...states];
    const { door, close } = opened(gateway);
    const response = await fetch(door.url.replace("/mcp", "/health/ready"));
    assertEquals(response.status, status);
    assertEquals((await response.json()).servers, servers);
    await close();
  });
}

Deno.test("openHttp() says whose the port is that it cannot have", async () => {
  const { door, close } = opened(new FakeGateway());
  const port = Number(new URL(door.url).port);
  assertThrows(
    () => opened(new FakeGateway(), { port }),
    Error,
    `Cannot listen on 127.0.0.1:${port}: another program is using that port`,
  );
  await close();
});

Deno.test("openHttp() that closes gives calls in flight their time", async () => {
  const gateway = new FakeGateway();
  const { promise, resolve } = Promise.withResolvers<{ kind: "result"; result: object }>();
  gateway.desk.onCall = () => promise as never;
  const { door, close } = opened(gateway);
  const arrival = gateway.desk.arrival();
  const response = post(door, LIST);
  await arrival;
  const closed = close();
  resolve({ kind: "result", result: { late: true } });
  assertEquals((await (await response).json()).result.late, true);
  await closed;
});

Deno.test("openHttp() that closes waits for no call beyond that time", async () => {
  const gateway = new FakeGateway();
  gateway.desk.onCall = untilLeft;
  const { door, close } = opened(gateway, { drain_seconds: 0.01 });
  const arrival = gateway.desk.arrival();
  const response = post(door, LIST);
  const call = await arrival;
  await close();
  assert(call.signal.aborted);
  const answer = await response;
  assertEquals(answer.status, 503);
  await answer.body?.cancel();
});

Deno.test("openHttp() that closes ends streams and sessions at once where nothing is in flight", async () => {
  const gateway = new FakeGateway();
  const { door, close } = opened(gateway);
  const session = await post(door, INITIALIZE);
  await session.body?.cancel();
  const headers = {
    accept: "text/event-stream",
    "mcp-session-id": session.headers.get("mcp-session-id")!,
  };
  const general = new SseReader(await fetch(door.url, { headers }));
  const legacy = new SseReader(await fetch(door.url.replace("/mcp", "/sse")));
  await legacy.next();
  const ends = Promise.all([general.rest(), legacy.rest()]);
  await close();
  assertEquals(await ends, [[], []]);
});

Deno.test("openHttp() closes once, however often it is asked to", async () => {
  const gateway = new FakeGateway();
  const { door, close } = opened(gateway);
  await Promise.all([close(), close(), door.close()]);
  assertEquals([gateway.subscriptionsEnded, gateway.closings], [1, 1]);
});

Deno.test("openHttp() tells a call that its client went", async () => {
  const gateway = new FakeGateway();
  gateway.desk.onCall = untilLeft;
  const { door, close } = opened(gateway);
  const arrival = gateway.desk.arrival();
  const client = new AbortController();
  const headers = new Headers({ "content-type": "application/json", accept: "*/*" });
  for (const [name, value] of Object.entries(headers2026(LIST))) {
    if (value !== undefined) headers.set(name, value);
  }
  const { signal } = client;
  const response = fetch(door.url, { method: "POST", headers, body: JSON.stringify(LIST), signal })
    .catch(() => "gone");
  const call = await arrival;
  client.abort();
  assertEquals(await response, "gone");
  if (!call.signal.aborted) {
    const left = new Promise((resolve) => call.signal.addEventListener("abort", resolve));
    await within("the call is cancelled", left, 5000);
  }
  await close();
});
