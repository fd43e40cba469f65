import { assertEquals } from "@std/assert";
import { slug } from "../../src/config/client_files.ts";
import { configOf, FOLDER, problemsOf, warningsOf } from "./load_text.ts";

const JSON_FILE = { file: `${FOLDER}/c.json` };

Deno.test("convertClientFile() reads mcpServers of Claude, Cursor and others", async () => {
  const text = `{
  "mcpServers": {
    "My Files!": { "command": "npx", "args": ["-y", "pkg", "\${HOME}"], "env": { "A": "\${env:A}" }, "cwd": "x" },
    "remote": { "url": "https://example.com/mcp", "headers": { "Authorization": "Bearer \${A}" } },
    "old": { "url": "https://example.com/sse?x=1" },
    "typed": { "type": "streamable-http", "url": "https://example.com/sse" },
    "windsurf": { "serverUrl": "https://example.com/a" },
    "gemini": { "httpUrl": "https://example.com/b", "disabled": false },
    "off": { "command": "./bin/x", "disabled": true, "name": "Off" }
  }
}`;
  const config = await configOf(text, { ...JSON_FILE, environment: { HOME: "/h", A: "1" } });
  assertEquals(
    config.servers.map(({ id, name, enabled, transport }) => ({ id, name, enabled, transport })),
    [
      {
        id: "my-files",
        name: "My Files!",
        enabled: true,
        transport: {
          type: "stdio",
          command: "npx",
          args: ["-y", "pkg", "/h"],
          env: { A: "1" },
          cwd: `${FOLDER}/x`,
        },
      },
      {
        id: "remote",
        name: undefined,
        enabled: true,
        transport: {
          type: "streamable_http",
          url: "https://example.com/mcp",
          headers: { Authorization: "Bearer 1" },
        },
      },
      {
        id: "old",
        name: undefined,
        enabled: true,
        transport: { type: "sse", url: "https://example.com/sse?x=1", headers: {} },
      },
      {
        id: "typed",
        name: undefined,
        enabled: true,
        transport: { type: "streamable_http", url: "https://example.com/sse", headers: {} },
      },
      {
        id: "windsurf",
        name: undefined,
        enabled: true,
        transport: { type: "streamable_http", url: "https://example.com/a", headers: {} },
      },
      {
        id: "gemini",
        name: undefined,
        enabled: true,
        transport: { type: "streamable_http", url: "https://example.com/b", headers: {} },
      },
      {
        id: "off",
        name: "Off",
        enabled: false,
        transport: { type: "stdio", command: `${FOLDER}/bin/x`, args: [], env: {}, cwd: FOLDER },
      },
    ],
  );
});

Deno.test("convertClientFile() reads servers of VS Code's mcp.json, comments included", async () => {
  const text = `{
  // asks for a token
  "inputs": [{ "type": "promptString", "id": "token" }],
  "servers": {
    "gitHub": { "type": "http", "url": "https://example.com/mcp/" },
    "local": { "type": "stdio", "command": "x", },
  },
}`;
  const config = await configOf(text, JSON_FILE);
  assertEquals(config.servers.map((server) => [server.id, server.name, server.transport.type]), [
    ["github", "gitHub", "streamable_http"],
    ["local", undefined, "stdio"],
  ]);
  assertEquals(await warningsOf(text, JSON_FILE), [
    'c.json:3:3: "inputs" is a setting of the client: it is ignored',
  ]);
});

Deno.test("convertClientFile() keeps our own sections beside the servers", async () => {
  const config = await configOf("server: {port: 9000}\nmcpServers:\n  a:\n    command: x\n");
  assertEquals([config.server.port, config.servers.length], [9000, 1]);
  assertEquals(await problemsOf("auth: {}\nmcpServers:\n"), [
    'c.yaml:1:1: "auth" is not supported by this version: remove it, it would protect nothing',
  ]);
});

Deno.test("convertClientFile() says what it ignores", async () => {
  const text = `globalShortcut: x
mcpServers:
  a: {command: x, autoApprove: [a], alwaysAllow: [], timeout: 5, description: d}
`;
  assertEquals(await warningsOf(text), [
    'c.yaml:1:1: "globalShortcut" is a setting of the client: it is ignored',
    'c.yaml:3:19: "autoApprove" is a setting of the client: it is ignored',
    'c.yaml:3:37: "alwaysAllow" is a setting of the client: it is ignored',
    'c.yaml:3:54: "timeout" is a setting of the client: it is ignored',
    'c.yaml:3:66: "description" is a setting of the client: it is ignored',
  ]);
});

Deno.test("convertClientFile() reports problems at their places in the client's file", async () => {
  const text = `mcpServers:
  a: {comand: x}
  b:
    command: x
    url: https://example.com
  c: [x]
  d:
    url: ftp://example.com
    headers: {"a b": c}
  e: {command: x, type: websocket}
  f: {command: x, env: {A: 1}, envFile: .env, disabled: maybe}
  "!!": {command: x}
  F: {command: x, tools: [a]}
  g: {command: "\${input:x}", enabled: 5}
  h: {type: http, command: x}
other: 1
servers: []
`;
  const expected = [
    '2:3: Server "a" has no "command" and no "url": expected one of them',
    '2:7: Unknown key "comand": expected one of … Did you mean "command"?',
    '3:3: Server "b" has "command", "url": expected one of them',
    '6:3: Server "c" is not a mapping: expected one',
    '8:10: "url" does not fit: expected a URL that starts with http:// or https://',
    '9:15: Key "a b" is not allowed in "headers": expected a header name',
    '10:25: "type" is "websocket": expected one of "stdio", "streamable_http", "sse"',
    '11:28: "A" is a number: expected text. Put it in quotes',
    '11:32: Unknown key "envFile": expected one of …',
    '11:47: "disabled" is something else: expected true or false',
    '12:3: Server "!!" cannot have an id: expected a name with a letter or digit of the Latin alphabet',
    '13:3: "id" is one that another server has, on line 11: expected an id of its own',
    '13:19: Unknown key "tools": expected one of …',
    '14:16: A "${…}" is not a substitution: expected ${VAR}, ${VAR:-default} or ${file:/path}. Nobody can be asked here: use a variable',
    '14:39: "enabled" is 5: expected true or false',
    '15:3: Key "url" is missing: expected a URL that starts with http:// or https://',
    '15:19: Unknown key "command": expected one of "type", "url", "headers"',
    '16:1: Unknown key "other": expected one of "server", "naming", "lists", "timeouts", "restarts", "questions", "observability", "servers"',
    '17:1: Both "mcpServers" and "servers" are given: expected one of them',
  ];
  const problems = await problemsOf(text);
  const allKeys = /"type", "transport", .*"disabled"(\. )?/;
  const actual = problems.map((line) =>
    line.slice("c.yaml:".length).replace(allKeys, (part) => part.endsWith(". ") ? "… " : "…")
  );
  assertEquals(actual, expected);
});

Deno.test("convertClientFile() leaves every other file alone", async () => {
  assertEquals(await problemsOf("servers: {id: a, transport: {type: stdio, command: x}}"), [
    'c.yaml:1:1: "servers" is a mapping: expected a list. Write each server as - id: NAME',
  ]);
  assertEquals(await problemsOf("mcpServers: [a]"), [
    'c.yaml:1:1: "mcpServers" is not a mapping: expected one',
  ]);
});

Deno.test("slug() makes ids of names", () => {
  const cases = [
    ["My Files", "my-files"],
    ["io.github.a/b", "io-github-a-b"],
    ["--a__b--", "a-b"],
    ["Größe 1", "gr-e-1"],
    ["日本", ""],
    ["a".repeat(47) + "-b", "a".repeat(47)],
  ] as const;
  for (const [name, id] of cases) assertEquals(slug(name), id);
});
