import { assert, assertEquals } from "@std/assert";
import { loadConfig } from "../../src/config/load.ts";
import { formatProblem } from "../../src/config/problems.ts";
import { ReadError } from "../../src/config/read_text.ts";
import { configShape } from "../../src/config/schema.ts";
import { configOf, FOLDER, loadText, ONE_SERVER, problemsOf, warningsOf } from "./load_text.ts";

Deno.test("loadConfig() gives the defaults for an empty file, and warns that there is no server", async () => {
  for (const text of ["", "# nothing\n", "{}", "servers:\n", "server:\nnaming:\nservers: []\n"]) {
    assertEquals(await configOf(text), configShape.parse({}), text);
    const place = text.startsWith("server:") ? "3:1" : "1:1";
    assertEquals(await warningsOf(text), [
      `c.yaml:${place}: No server is enabled: clients will see no tools`,
    ]);
  }
});

Deno.test("loadConfig() names the file and its absolute folder in the result", async () => {
  const result = await loadConfig({ file: "/srv/x/../c.yaml", text: ONE_SERVER, environment: {} });
  assert(result.kind === "ok");
  assertEquals([result.file, result.baseDir, result.warnings], ["/srv/x/../c.yaml", "/srv", []]);
});

Deno.test("loadConfig() accepts JSON, with an editor's comments in a .json file", async () => {
  const plain = JSON.stringify({ server: { port: 1 } }, null, "\t");
  assertEquals((await configOf(plain)).server.port, 1);
  const commented = `{
    // the port // really
    "server": { "port": 1, /* two
    lines */ "allowed_hosts": ["http://a//b", "/*c*/"], },
  }`;
  const config = await configOf(commented, { file: `${FOLDER}/c.json` });
  assertEquals(config.server.allowed_hosts, ["http://a//b", "/*c*/"]);
  assertEquals(await problemsOf('{\n // x\n "prot": 1 }', { file: `${FOLDER}/c.json` }), [
    'c.json:3:2: Unknown key "prot": expected one of "server", "naming", "lists", "timeouts", ' +
    '"restarts", "questions", "observability", "servers"',
  ]);
});

Deno.test("loadConfig() reports problems of every kind at once, in the order of the file", async () => {
  const text = `server:
  port: abc
  prot: 1
servers:
  - id: a
    transport: {type: stdio, command: "\${NOPE}"}
  - id: a
    weight: 2
server:
  host: 1
`;
  assertEquals(await problemsOf(text, { environment: { ONLY1MCP_NAMING__PREFIX: "x" } }), [
    'c.yaml:6:39: Environment variable "NOPE" is not set: expected a value. Set it, or give a default: ${NOPE:-default}',
    'c.yaml:7:5: Key "transport" is missing: expected a mapping of keys to values',
    'c.yaml:7:9: "id" is one that another server has, on line 5: expected an id of its own',
    'c.yaml:8:5: "weight" is not supported by this version: remove it, it would have no effect',
    'c.yaml:9:1: Key "server" is given twice: expected each key once',
    'c.yaml:10:9: "host" is 1: expected text that is not empty. Put it in quotes',
    'ONLY1MCP_NAMING__PREFIX: "prefix" is "x": expected one of "always", "conflict", "never"',
  ]);
});

Deno.test("loadConfig() makes paths of stdio servers absolute, starting at the file", async () => {
  const cases = [
    { command: "deno", cwd: undefined, expected: ["deno", FOLDER] },
    { command: "./bin/x", cwd: "data", expected: [`${FOLDER}/bin/x`, `${FOLDER}/data`] },
    { command: "../bin/x", cwd: "..", expected: ["/etc/bin/x", "/etc"] },
    { command: "bin/x", cwd: "/srv", expected: [`${FOLDER}/bin/x`, "/srv"] },
    { command: "/usr/bin/x", cwd: "/srv/../a", expected: ["/usr/bin/x", "/a"] },
  ];
  for (const { command, cwd, expected } of cases) {
    const transport = { type: "stdio", command, cwd };
    const config = await configOf(JSON.stringify({ servers: [{ id: "a", transport }] }));
    const result = config.servers[0]?.transport;
    assert(result?.type === "stdio");
    assertEquals([result.command, result.cwd], expected);
  }
});

Deno.test("loadConfig() refuses a text that is too large, by bytes", async () => {
  const message = "c.yaml: Too large: expected at most 1048576 bytes";
  assertEquals(await problemsOf("#".repeat(1_048_577)), [message]);
  assertEquals(await problemsOf("#" + "é".repeat(524_288)), [message]);
  assertEquals(await problemsOf("#".repeat(1_048_576)), []);
});

Deno.test("loadConfig() says why a file cannot be read", async () => {
  const result = await loadConfig({ file: "/none/c.yaml", environment: {}, readText: missing });
  assert(result.kind === "invalid");
  assertEquals(result.problems.map(formatProblem), [
    "/none/c.yaml: Cannot read the configuration: no such file",
  ]);
});

Deno.test("loadConfig() never shows what a substitution put in", async () => {
  const environment = { S: "hunter2-\u001b[31m" };
  const files = { "/s": "hunter2" };
  const value = "${S}";
  const texts = [
    `server: {port: "${value}", host: "${value}", drain_seconds: "1${value}"}`,
    `server: "${value}"`,
    `servers: [{id: "${value}", transport: {type: "${value}"}}]`,
    `servers: [{id: "${value}", transport: {type: stdio, command: "~/${value}", cwd: "~/${value}"}}]`,
    `servers: [{id: "\${file:/s}"}, {id: "\${file:/s}"}]`,
    `servers: [{id: a, transport: {type: sse, url: "ftp://hunter2@\${S}", headers: {A: ["${value}"]}}}]`,
    `servers: [{id: a, protocol: "\${S:-hunter2}", tools: {allow: "${value}"}, timeouts: {call_seconds: "${value}"}}]`,
    `observability: {log: {level: "\${X:-hunter2}", format: "a\${S}b"}}`,
    `servers: [{id: a, transport: {type: stdio, command: a, args: {hunter2: "${value}"}, env: {A: 42, B: [hunter2]}}}]`,
  ];
  for (const text of texts) {
    const problems = await problemsOf(text, { environment, files });
    assert(problems.length > 0, text);
    for (const line of problems) {
      assertEquals([line.includes("hunter2"), line.includes("\u001b")], [false, false], line);
    }
  }
});

Deno.test("loadConfig() says which variable a value that does not fit comes from", async () => {
  const text = 'server: {port: "${PORT}"}\nservers: [{id: "x-${A}${env:B:-b}-$${C}"}]';
  assertEquals((await problemsOf(text, { environment: { PORT: "http", A: "!" } })).slice(0, 3), [
    'c.yaml:1:16: "port" comes from "${PORT}": expected a whole number from 0 to 65535',
    'c.yaml:2:11: Key "transport" is missing: expected a mapping of keys to values',
    'c.yaml:2:16: "id" comes from "${A}", "${env:B}": expected lower-case letters, digits and "-", not starting with "-"',
  ]);
});

Deno.test("loadConfig() reads numbers and truth values out of substitutions that stand alone", async () => {
  const text = `server: {port: "\${PORT}", drain_seconds: "\${D:-2.5}"}
servers: [{id: a, enabled: "\${ON}", trust_public_cache: "\${NO:-False}", transport: {type: stdio, command: "\${PORT}"}}]`;
  const config = await configOf(text, { environment: { PORT: "9000", ON: "true" } });
  const server = config.servers[0];
  assertEquals([config.server.port, config.server.drain_seconds], [9000, 2.5]);
  assertEquals([server?.enabled, server?.trust_public_cache], [true, false]);
  assert(server?.transport.type === "stdio");
  assertEquals(server.transport.command, "9000");
  for (const port of ["0x10", "1e3", "", " 1", "90 00", "yes"]) {
    const { problems } = await loadText("server: {port: '${PORT}'}", {
      environment: { PORT: port },
    });
    assertEquals(problems.length, 1, port);
  }
  assertEquals(
    (await problemsOf("server: {port: '1${A}'}", { environment: { A: "1" } })).length,
    1,
  );
});

Deno.test("loadConfig() neither executes nor parses what a substitution puts in", async () => {
  const environment = { A: "x\nserver: {port: 1}", B: "${C}", C: "deep", D: "*a &b !c #d" };
  const text = `server: {host: "\${A}", allowed_hosts: ["\${B}", "\${D}", "$\${C}", "$\${\${C}"]}`;
  const { server } = await configOf(text, { environment });
  assertEquals([server.host, server.port], [environment.A, 8080]);
  assertEquals(server.allowed_hosts, ["${C}", "*a &b !c #d", "${C}", "${deep"]);
});

Deno.test("loadConfig() is not harmed by keys that objects have by nature", async () => {
  const text = `__proto__: {server: {port: 1}, polluted: 1}
constructor: {prototype: {polluted: 1}}
server: {__proto__: {port: 1}, toString: 1}
servers:
  - id: constructor
    transport:
      type: stdio
      command: a
      env: {__proto__: a, constructor: b, hasOwnProperty: c}
`;
  const problems = await problemsOf(text);
  assertEquals(problems.map((line) => line.split(": expected")[0]), [
    'c.yaml:1:1: Key "__proto__" is not allowed',
    'c.yaml:2:1: Unknown key "constructor"',
    'c.yaml:3:10: Key "__proto__" is not allowed',
    'c.yaml:3:32: Unknown key "toString"',
    'c.yaml:9:13: Key "__proto__" is not allowed',
  ]);
  assertEquals(Object.hasOwn(Object.prototype, "polluted"), false);

  const valid = await configOf(`servers:
  - id: constructor
    transport: {type: stdio, command: a, env: {constructor: "\${constructor:-b}"}}
`);
  const transport = valid.servers[0]?.transport;
  assert(transport?.type === "stdio");
  assertEquals(Object.entries(transport.env), [["constructor", "b"]]);
  assertEquals(await problemsOf('server: {host: "${toString}${__proto__}"}'), [
    'c.yaml:1:16: Environment variable "toString" is not set: expected a value. Set it, or give a default: ${toString:-default}',
    'c.yaml:1:16: Environment variable "__proto__" is not set: expected a value. Set it, or give a default: ${__proto__:-default}',
  ]);
});

function missing(): Promise<string> {
  return Promise.reject(new ReadError("no such file"));
}
