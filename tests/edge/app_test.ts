import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { INITIALIZE, initialized, opened, posting, request, seen } from "./client.ts";
import { FakeDesk } from "./fake_desk.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const MCP = "GET, POST, DELETE";
const METHODS = ["GET", "POST", "DELETE", "OPTIONS", "HEAD"] as const;

for (
  const { path, allow, statuses } of [
    // Without a session, a body or the right headers: what matters is that the route is there and which methods it has.
    { path: "/mcp", allow: MCP, statuses: [400, 415, 400, 405, 405] },
    { path: "/mcp/a", allow: MCP, statuses: [400, 415, 400, 405, 405] },
    { path: "/mcp/nobody", allow: null, statuses: [404, 404, 404, 405, 404] },
    { path: "/mcp/constructor", allow: null, statuses: [404, 404, 404, 405, 404] },
    { path: "/mcp/a/b", allow: null, statuses: [404, 404, 404, 404, 404] },
    { path: "/mcp/", allow: null, statuses: [404, 404, 404, 404, 404] },
    { path: "/MCP", allow: null, statuses: [404, 404, 404, 404, 404] },
    { path: "//mcp", allow: null, statuses: [404, 404, 404, 404, 404] },
    { path: "/sse", allow: "GET", statuses: [200, 405, 405, 405, 405] },
    { path: "/sse/b", allow: "GET", statuses: [200, 405, 405, 405, 405] },
    { path: "/sse/nobody", allow: null, statuses: [404, 405, 405, 405, 404] },
    { path: "/messages", allow: "POST", statuses: [405, 404, 405, 405, 405] },
    { path: "/health/live", allow: null, statuses: [200, 404, 404, 404, 200] },
    { path: "/health/ready", allow: null, statuses: [200, 404, 404, 404, 200] },
    { path: "/", allow: null, statuses: [404, 404, 404, 404, 404] },
    { path: "/health", allow: null, statuses: [404, 404, 404, 404, 404] },
    { path: "/metrics", allow: null, statuses: [404, 404, 404, 404, 404] },
    { path: "/__proto__", allow: null, statuses: [404, 404, 404, 404, 404] },
  ]
) {
  METHODS.forEach((method, at) => {
    Deno.test(`createApp() answers ${method} ${path} with ${statuses[at]}`, async () => {
      using app = opened(new FakeDesk());
      const response = await app.fetch(request(path, { method }));
      await response.body?.cancel();
      assertEquals(response.status, statuses[at]);
      if (response.status === 405 && allow !== null) {
        assertEquals(response.headers.get("allow"), allow);
      }
      assertEquals(response.headers.get("x-content-type-options"), "nosniff");
      assertEquals(response.headers.get("cache-control"), "no-store");
      assertEquals(response.status >= 400, response.headers.has("x-request-id"));
    });
  });
}

Deno.test("createApp() opens no stream for HEAD that nobody would ever close", async () => {
  const desk = new FakeDesk({ sessions: { max: 1 } });
  using app = opened(desk);
  for (let n = 0; n < 3; n++) {
    assertEquals((await app.fetch(request("/sse", { method: "HEAD" }))).status, 405);
  }
  const response = await app.fetch(request("/sse"));
  assertEquals(response.status, 200);
  await response.body?.cancel();
});

Deno.test("createApp() does not take the general stream away for HEAD", async () => {
  using app = opened(new FakeDesk());
  const session = { "mcp-session-id": await initialized(app), accept: "text/event-stream" };
  const open = await app.fetch(request("/mcp", { headers: session }));
  const head = await app.fetch(request("/mcp", { method: "HEAD", headers: session }));
  assertEquals(head.status, 405);
  const reader = open.body!.getReader();
  const first = await Promise.race([reader.read(), Promise.resolve("still open")]);
  assertEquals(first, "still open");
  await reader.cancel();
});

Deno.test("createApp() asks the guard before anything else", async () => {
  using app = opened(new FakeDesk());
  for (const path of ["/mcp", "/sse", "/messages", "/health/live", "/nothing"]) {
    const foreign = await seen(app.fetch(request(path, { headers: { host: "evil.example" } })));
    assertEquals([foreign.status, foreign.json.error.data.reason], [403, "host_denied"]);
    const page = await seen(
      app.fetch(request(path, { headers: { origin: "http://evil.example" } })),
    );
    assertEquals([page.status, page.json.error.data.reason], [403, "origin_denied"]);
    assertEquals(page.headers.get("access-control-allow-origin"), null);
  }
});

Deno.test("createApp() answers what browsers ask before they send, and lets them read answers", async () => {
  using app = opened(new FakeDesk());
  const headers = {
    origin: "http://localhost:6274",
    "access-control-request-headers": "mcp-session-id",
  };
  const asked = await seen(app.fetch(request("/mcp", { method: "OPTIONS", headers })));
  assertEquals(asked.status, 204);
  assertEquals(asked.headers.get("access-control-allow-headers"), "mcp-session-id");
  for (const path of ["/health/live", "/nothing"]) {
    const answer = await seen(app.fetch(request(path, { headers })));
    assertEquals(answer.headers.get("access-control-allow-origin"), headers.origin);
    assertEquals(answer.headers.get("vary"), "origin");
  }
});

for (
  const { desc, isReady, drains, status } of [
    { desc: "ready", isReady: true, drains: false, status: 200 },
    { desc: "not ready while no server is up", isReady: false, drains: false, status: 503 },
    { desc: "not ready while it stops", isReady: true, drains: true, status: 503 },
  ]
) {
  Deno.test(`createApp() says that it is live and ${desc}`, async () => {
    using app = opened(new FakeDesk(), isReady);
    await initialized(app);
    if (drains) app.drain();
    assertEquals((await seen(app.fetch(request("/health/live")))).json, { status: "live" });
    const ready = await seen(app.fetch(request("/health/ready")));
    assertEquals(ready.status, status);
    assertEquals(ready.json, {
      status: status === 200 ? "ready" : "not ready",
      servers: { up: 1, configured: 2 },
      sessions: 1,
    });
  });
}

Deno.test("createApp() that drains refuses what is new and lets sessions be ended", async () => {
  using app = opened(new FakeDesk());
  const session = { "mcp-session-id": await initialized(app) };
  const legacy = await app.fetch(request("/sse"));
  app.drain();
  for (
    const refused of [
      posting(INITIALIZE),
      posting({ jsonrpc: "2.0", id: 1, method: "tools/list" }, session),
      request("/mcp", { headers: { ...session, accept: "text/event-stream" } }),
      request("/sse"),
      request("/messages?session_id=x", { method: "POST", body: "{}" }),
    ]
  ) {
    const answer = await seen(app.fetch(refused));
    assertEquals([answer.status, answer.json.error.data.reason], [503, "shutting_down"]);
    assertEquals(answer.headers.get("retry-after"), "5");
  }
  const ended = await seen(app.fetch(request("/mcp", { method: "DELETE", headers: session })));
  assertEquals(ended.status, 204);
  await legacy.body?.cancel();
});

Deno.test("createApp() answers a bug without detail and logs it", async () => {
  const desk = new FakeDesk();
  using app = opened(desk);
  Object.defineProperty(desk.options, "max_request_size_bytes", {
    get: () => {
      throw new Error("secret place");
    },
  });
  const answer = await seen(app.fetch(posting(INITIALIZE)));
  assertEquals([answer.status, answer.json.error.data.reason], [500, "internal"]);
  assertNotMatch(answer.text, /secret|\.ts/);
  assertMatch(String(desk.log.lines.at(-1)?.fields.error), /secret place/);
});

Deno.test("createApp() that is closed ends every stream, session and timer", async () => {
  const desk = new FakeDesk();
  const app = opened(desk);
  const session = await initialized(app);
  const general = await app.fetch(
    request("/mcp", { headers: { "mcp-session-id": session, accept: "text/event-stream" } }),
  );
  const legacy = await app.fetch(request("/sse"));
  await app.fetch(
    posting({ jsonrpc: "2.0", method: "notifications/initialized" }, { "mcp-session-id": session }),
  );
  app.close();
  assertEquals(await general.text(), "");
  assertMatch(await legacy.text(), /^event: endpoint\n/);
  assert(desk.of("subscriptions/listen").every(({ signal }) => signal.aborted));
  assertEquals((await seen(app.fetch(request("/health/ready")))).json.sessions, 0);
});
