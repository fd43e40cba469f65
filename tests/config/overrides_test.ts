import { assertEquals } from "@std/assert";
import { configOf, ONE_SERVER, problemsOf } from "./load_text.ts";

Deno.test("environmentOverrides() sets any key, as the type that the key wants", async () => {
  const config = await configOf(ONE_SERVER + "server:\n  port: 1\nobservability:\n", {
    environment: {
      ONLY1MCP_SERVER__PORT: "9000",
      ONLY1MCP_SERVER__HOST: "127.0.0.2",
      ONLY1MCP_SERVER__ALLOWED_HOSTS: "[a.example, '8080']",
      ONLY1MCP_SERVER__SESSIONS__MAX: "7",
      ONLY1MCP_RESTARTS__MIN_DELAY_SECONDS: "0.25",
      ONLY1MCP_OBSERVABILITY__LOG__FORMAT: "json",
      ONLY1MCP_CONFIG: "/somewhere/else.yaml",
      only1mcp_server__port: "1",
      PORT: "2",
    },
  });
  assertEquals(config.server.port, 9000);
  assertEquals(config.server.host, "127.0.0.2");
  assertEquals(config.server.allowed_hosts, ["a.example", "8080"]);
  assertEquals(config.server.sessions, { max: 7, idle_seconds: 3600 });
  assertEquals(config.restarts.min_delay_seconds, 0.25);
  assertEquals(config.observability.log, { level: "info", format: "json" });
});

Deno.test("environmentOverrides() takes text as it stands, without substitution", async () => {
  const environment = { ONLY1MCP_SERVER__HOST: "${A}: [1", A: "b" };
  assertEquals((await configOf(ONE_SERVER, { environment })).server.host, "${A}: [1");
  const numbers = { ONLY1MCP_SERVER__HOST: "0" };
  assertEquals((await configOf(ONE_SERVER, { environment: numbers })).server.host, "0");
});

Deno.test("environmentOverrides() replaces what the file says, wrong or right", async () => {
  const environment = { ONLY1MCP_SERVER__PORT: "9000" };
  for (const port of ["${UNSET}", "abc", "8081", ""]) {
    const text = `server:\n  port: ${port}\n`;
    assertEquals((await configOf(text, { environment })).server.port, 9000, text);
  }
  assertEquals(await problemsOf("server: 5", { environment }), [
    'c.yaml:1:9: "server" is 5: expected a mapping of keys to values',
  ]);
});

Deno.test("environmentOverrides() lets the short name of the log level give way to the long one", async () => {
  const environment = { ONLY1MCP_LOG_LEVEL: "debug" };
  assertEquals((await configOf("", { environment })).observability.log.level, "debug");
  const both = { ...environment, ONLY1MCP_OBSERVABILITY__LOG__LEVEL: "error" };
  assertEquals((await configOf("", { environment: both })).observability.log.level, "error");
});

const NO_KEY = "No key of the configuration has this name: expected ONLY1MCP_SECTION__FIELD";
const REFUSED = [
  { name: "ONLY1MCP_SERVER__PROT", expected: `${NO_KEY}. Did you mean "ONLY1MCP_SERVER__PORT"?` },
  { name: "ONLY1MCP_SERVER_PORT", expected: `${NO_KEY}. Did you mean "ONLY1MCP_SERVER__PORT"?` },
  { name: "ONLY1MCP_PORT", expected: `${NO_KEY}. Did you mean "ONLY1MCP_SERVER__PORT"?` },
  { name: "ONLY1MCP_LOGLEVEL", expected: `${NO_KEY}. Did you mean "ONLY1MCP_LOG_LEVEL"?` },
  { name: "ONLY1MCP_WHATEVER__ELSE", expected: NO_KEY },
  { name: "ONLY1MCP_", expected: NO_KEY },
  { name: "ONLY1MCP___PROTO__", expected: NO_KEY },
  { name: "ONLY1MCP_CONSTRUCTOR", expected: NO_KEY },
  {
    name: "ONLY1MCP_SERVER__ALLOWED_HOSTS__0",
    expected: `${NO_KEY}. Did you mean "ONLY1MCP_SERVER__ALLOWED_HOSTS"?`,
  },
  {
    name: "ONLY1MCP_SERVER",
    expected: '"ONLY1MCP_SERVER" names a section: expected one of its keys, ONLY1MCP_SERVER__KEY',
  },
  {
    name: "ONLY1MCP_SERVERS__0__ENABLED",
    expected: "Servers cannot be set by a variable: expected them in the file",
  },
  {
    name: "ONLY1MCP_SERVERS",
    expected: "Servers cannot be set by a variable: expected them in the file",
  },
  {
    name: "ONLY1MCP_AUTH__JWT__SECRET",
    expected: '"auth" is not supported by this version: remove it, it would protect nothing',
  },
  {
    name: "ONLY1MCP_SERVER__TLS__ENABLED",
    expected: '"tls" is not supported by this version: remove it, it would protect nothing',
  },
  {
    name: "ONLY1MCP_SERVER__PORT",
    expected: '"port" is "x": expected a whole number from 0 to 65535',
  },
];

for (const { name, expected } of REFUSED) {
  Deno.test(`environmentOverrides() refuses ${name}=x`, async () => {
    assertEquals(await problemsOf("", { environment: { [name]: "x" } }), [`${name}: ${expected}`]);
  });
}

Deno.test("environmentOverrides() reports values of the wrong kind under the variable's name", async () => {
  const cases = [
    {
      name: "ONLY1MCP_SERVER__PORT",
      value: "",
      expected: '"port" is empty: expected a whole number from 0 to 65535',
    },
    {
      name: "ONLY1MCP_SERVER__PORT",
      value: "[1",
      expected: '"port" is "[1": expected a whole number from 0 to 65535',
    },
    {
      name: "ONLY1MCP_SERVER__PORT",
      value: "{a: 1}",
      expected: '"port" is a mapping: expected a whole number from 0 to 65535',
    },
    {
      name: "ONLY1MCP_SERVER__ALLOWED_HOSTS",
      value: "a",
      expected: '"allowed_hosts" is "a": expected a list',
    },
    {
      name: "ONLY1MCP_SERVER__ALLOWED_HOSTS",
      value: "[1]",
      expected: '"allowed_hosts[0]" is 1: expected text that is not empty. Put it in quotes',
    },
    {
      name: "ONLY1MCP_LOG_LEVEL",
      value: "wran",
      expected:
        '"level" is "wran": expected one of "debug", "info", "warn", "error". Did you mean "warn"?',
    },
  ];
  for (const { name, value, expected } of cases) {
    const environment = { [name]: value };
    assertEquals(await problemsOf("", { environment }), [`${name}: ${expected}`]);
  }
});

Deno.test("environmentOverrides() leaves alone what Kubernetes sets beside a Service called only1mcp", async () => {
  const environment = {
    ONLY1MCP_SERVICE_HOST: "10.0.0.1",
    ONLY1MCP_SERVICE_PORT: "8080",
    ONLY1MCP_SERVICE_PORT_HTTP: "8080",
    ONLY1MCP_PORT: "tcp://10.0.0.1:8080",
    ONLY1MCP_PORT_8080_TCP: "tcp://10.0.0.1:8080",
    ONLY1MCP_PORT_8080_TCP_PROTO: "tcp",
    ONLY1MCP_PORT_8080_TCP_PORT: "8080",
    ONLY1MCP_PORT_8080_TCP_ADDR: "10.0.0.1",
  };
  assertEquals((await configOf(ONE_SERVER, { environment })).server.port, 8080);
});

Deno.test("commandLineOverrides() win over the environment and the file", async () => {
  const config = await configOf("server: {port: 1, host: a}", {
    environment: { ONLY1MCP_SERVER__PORT: "2", ONLY1MCP_LOG_LEVEL: "warn" },
    overrides: { port: "3", host: "127.0.0.3", logLevel: "error" },
  });
  assertEquals([config.server.port, config.server.host], [3, "127.0.0.3"]);
  assertEquals(config.observability.log.level, "error");
});

Deno.test("commandLineOverrides() are reported under their options", async () => {
  const overrides = { port: "80x", host: "", logLevel: "loud" };
  assertEquals(await problemsOf("", { overrides }), [
    '--host: "host" is empty: expected text that is not empty',
    '--port: "port" is "80x": expected a whole number from 0 to 65535',
    '--log-level: "level" is "loud": expected one of "debug", "info", "warn", "error"',
  ]);
  assertEquals(await problemsOf("", { overrides: { port: 70_000 } }), [
    '--port: "port" is 70000: expected a whole number from 0 to 65535',
  ]);
});
