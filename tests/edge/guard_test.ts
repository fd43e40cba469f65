import { assertEquals, assertStringIncludes } from "@std/assert";
import { guard, preflight } from "../../src/edge/guard.ts";

Deno.test.sanitizer({ ops: true, resources: true });

function asked(headers: Record<string, string>, more: { url?: string; method?: string } = {}) {
  const { url = `http://${headers.host ?? "localhost"}/mcp`, method = "GET" } = more;
  // Hosts that no URL can hold are for a look at the header alone.
  return { url, method, headers: new Headers(headers) } as unknown as Request;
}

async function reasonOf(response: Response | undefined): Promise<string | undefined> {
  if (response === undefined) return undefined;
  const { error } = await response.json();
  return `${response.status} ${error.data.reason}`;
}

const DEFAULTS = { host: "127.0.0.1", allowed_hosts: [], allowed_origins: [] };
const DENIED = "403 host_denied";

for (
  const [host, allowed, expected] of [
    ["localhost", [], undefined],
    ["localhost:8080", [], undefined],
    ["LOCALHOST:8080", [], undefined],
    ["127.0.0.1", [], undefined],
    ["127.0.0.1:1", [], undefined],
    ["[::1]", [], undefined],
    ["[::1]:8080", [], undefined],
    ["", [], DENIED],
    ["localhost.", [], DENIED],
    ["localhost.evil.example", [], DENIED],
    ["evil.example", [], DENIED],
    ["evil.example:8080", [], DENIED],
    ["localhost:", [], DENIED],
    ["localhost:123456", [], DENIED],
    ["localhost:80:80", [], DENIED],
    ["localhost@evil.example", [], DENIED],
    ["evil.example@localhost", [], DENIED],
    ["localhost, evil.example", [], DENIED],
    ["localhost evil.example", [], DENIED],
    ["localhost/evil", [], DENIED],
    ["127.0.0.2", [], DENIED],
    ["127.1", [], DENIED],
    ["0.0.0.0", [], DENIED],
    ["2130706433", [], DENIED],
    ["0x7f000001", [], DENIED],
    ["[::ffff:127.0.0.1]", [], DENIED],
    ["::1", [], DENIED],
    ["[::1", [], DENIED],
    ["constructor", [], DENIED],
    ["mcp.example", ["mcp.example"], undefined],
    ["MCP.Example:443", ["mcp.example"], undefined],
    ["mcp.example", ["MCP.EXAMPLE"], undefined],
    ["a.mcp.example", ["mcp.example"], DENIED],
  ] as const
) {
  const with_ = allowed.length > 0 ? ` where ${allowed} is allowed` : "";
  Deno.test(`guard() answers Host "${host}"${with_} with ${expected ?? "no refusal"}`, async () => {
    const gate = guard({ ...DEFAULTS, allowed_hosts: [...allowed] });
    assertEquals(await reasonOf(gate.check(asked({ host }))), expected);
  });
}

Deno.test("guard() refuses a request without Host", async () => {
  assertEquals(await reasonOf(guard(DEFAULTS).check(asked({}))), DENIED);
});

for (
  const [listen, host, expected] of [
    ["192.168.1.5", "192.168.1.5:8080", undefined],
    ["192.168.1.5", "192.168.1.6:8080", DENIED],
    ["gateway.lan", "Gateway.LAN", undefined],
    ["fd00::1", "[fd00::1]:8080", undefined],
    ["[fd00::1]", "[fd00::1]:8080", undefined],
    ["0.0.0.0", "0.0.0.0:8080", DENIED],
    ["::", "[::]:8080", DENIED],
    ["[::]", "[::]:8080", DENIED],
    ["0.0.0.0", "192.168.1.5", DENIED],
  ] as const
) {
  Deno.test(`guard() that listens on ${listen} answers Host "${host}" with ${expected ?? "no refusal"}`, async () => {
    const gate = guard({ ...DEFAULTS, host: listen });
    assertEquals(await reasonOf(gate.check(asked({ host }))), expected);
  });
}

for (
  const [url, expected] of [
    ["http://localhost:8080/mcp", undefined],
    ["HTTP://LOCALHOST:8080/mcp", undefined],
    ["http://localhost:8080", undefined],
    ["http://evil.example/mcp", DENIED],
    ["http://localhost:8081/mcp", DENIED],
    ["http://evil.example@localhost:8080/mcp", DENIED],
    ["localhost:8080", DENIED],
    ["*", DENIED],
  ] as const
) {
  Deno.test(`guard() answers a request line for ${url} with ${expected ?? "no refusal"}`, async () => {
    const request = asked({ host: "localhost:8080" }, { url });
    assertEquals(await reasonOf(guard(DEFAULTS).check(request)), expected);
  });
}

const BAD_ORIGIN = "403 origin_denied";
for (
  const [origin, allowed, expected] of [
    ["http://localhost", [], undefined],
    ["http://localhost:6274", [], undefined],
    ["https://LocalHost:6274", [], undefined],
    ["http://127.0.0.1:6274", [], undefined],
    ["http://[::1]:6274", [], undefined],
    ["null", [], BAD_ORIGIN],
    ["", [], BAD_ORIGIN],
    ["file://", [], BAD_ORIGIN],
    ["http://evil.example", [], BAD_ORIGIN],
    ["http://localhost.evil.example", [], BAD_ORIGIN],
    ["http://evil.example/http://localhost", [], BAD_ORIGIN],
    ["http://localhost@evil.example", [], BAD_ORIGIN],
    ["http://evil.example#http://localhost", [], BAD_ORIGIN],
    ["http://localhost:80 http://evil.example", [], BAD_ORIGIN],
    ["http://localhost/", [], BAD_ORIGIN],
    ["ftp://localhost", [], BAD_ORIGIN],
    ["chrome-extension://localhost", [], BAD_ORIGIN],
    ["localhost", [], BAD_ORIGIN],
    ["http://127.0.0.1.evil.example", [], BAD_ORIGIN],
    ["http://127.0.0.2", [], BAD_ORIGIN],
    ["https://app.example", ["https://app.example"], undefined],
    ["https://App.Example", ["https://app.example/"], undefined],
    ["http://app.example", ["https://app.example"], BAD_ORIGIN],
    ["https://app.example:8443", ["https://app.example"], BAD_ORIGIN],
    ["https://x.app.example", ["https://app.example"], BAD_ORIGIN],
    ["vscode-webview://abc", ["vscode-webview://abc"], undefined],
  ] as const
) {
  const with_ = allowed.length > 0 ? ` where ${allowed} is allowed` : "";
  Deno.test(`guard() answers Origin "${origin}"${with_} with ${expected ?? "no refusal"}`, async () => {
    const gate = guard({ ...DEFAULTS, allowed_origins: [...allowed] });
    const request = asked({ host: "localhost", origin });
    assertEquals(await reasonOf(gate.check(request)), expected);
  });
}

for (const method of ["PUT", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get"]) {
  Deno.test(`guard() answers method ${method} with 405 and what is allowed`, async () => {
    const refusal = guard(DEFAULTS).check(asked({ host: "localhost" }, { method }));
    assertEquals(refusal?.headers.get("allow"), "GET, POST, DELETE");
    assertEquals(await reasonOf(refusal), "405 invalid_request");
  });
}

Deno.test("guard() lets pages it allows read answers, and sends others no CORS headers", () => {
  const gate = guard(DEFAULTS);
  assertEquals(gate.corsHeaders(asked({ host: "localhost" })), undefined);
  const origin = "http://localhost:6274";
  const headers = gate.corsHeaders(asked({ host: "localhost", origin }));
  assertEquals(headers?.["access-control-allow-origin"], origin);
  assertEquals(headers?.vary, "origin");
  assertStringIncludes(headers?.["access-control-expose-headers"] ?? "", "mcp-session-id");
});

Deno.test("preflight() allows the headers that were asked for", () => {
  const asks = { "access-control-request-headers": "content-type, mcp-method" };
  const { status, headers } = preflight(asked(asks));
  assertEquals(status, 204);
  assertEquals(headers.get("access-control-allow-headers"), "content-type, mcp-method");
  assertEquals(headers.get("access-control-allow-methods"), "GET, POST, DELETE");
});
