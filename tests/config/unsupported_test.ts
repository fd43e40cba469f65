import { assertEquals } from "@std/assert";
import { problemsOf } from "./load_text.ts";

const SERVER = "id: a, transport: {type: stdio, command: a}";

const CASES = [
  { key: "auth", text: 'auth: {jwt: {secret: "${UNSET}"}}', effect: "protect nothing" },
  { key: "proxy", text: "proxy: {rate_limiting: {enabled: false}}", effect: "protect nothing" },
  { key: "context_optimization", text: "context_optimization:", effect: "have no effect" },
  { key: "state", text: "state: {kind: memory}", effect: "have no effect" },
  { key: "sandbox", text: "sandbox: {}", effect: "protect nothing" },
  { key: "tls", text: "server: {tls: {enabled: true}}", effect: "protect nothing" },
  { key: "max_connections", text: "server: {max_connections: 1}", effect: "protect nothing" },
  {
    key: "max_header_size_bytes",
    text: "server: {max_header_size_bytes: 1}",
    effect: "protect nothing",
  },
  {
    key: "audit_logging",
    text: "observability: {audit_logging: {enabled: true}}",
    effect: "protect nothing",
  },
  {
    key: "permissions",
    text: `servers: [{permissions: {}, ${SERVER}}]`,
    effect: "protect nothing",
  },
  { key: "weight", text: `servers: [{weight: 1, ${SERVER}}]`, effect: "have no effect" },
  { key: "health_check", text: `servers: [{health_check: , ${SERVER}}]`, effect: "have no effect" },
];

for (const { key, text, effect } of CASES) {
  Deno.test(`unsupported() refuses ${key} instead of loading it to no end`, async () => {
    assertEquals(await problemsOf(text), [
      `c.yaml:1:${
        text.indexOf(key) + 1
      }: "${key}" is not supported by this version: remove it, it would ${effect}`,
    ]);
  });
}

Deno.test("unsupported() leaves the same names elsewhere to be unknown keys", async () => {
  const problems = await problemsOf("weight: 1\nserver: {auth: 1}");
  assertEquals(problems.map((line) => line.split(": expected")[0]), [
    'c.yaml:1:1: Unknown key "weight"',
    'c.yaml:2:10: Unknown key "auth"',
  ]);
});
