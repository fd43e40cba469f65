import { assertEquals } from "@std/assert";
import { ONE_SERVER, problemsOf, warningsOf } from "./load_text.ts";

const SERVER = "transport: {type: stdio, command: a}";

const PROBLEMS = [
  {
    desc: "ids given twice",
    text: `servers:\n  - {id: a, ${SERVER}}\n  - {id: b, ${SERVER}}\n  - {id: a, ${SERVER}}\n`,
    expected: ['4:10: "id" is one that another server has, on line 2: expected an id of its own'],
  },
  {
    desc: "a limit for whole calls below the one for silence",
    text: `timeouts: {call_seconds: 10, call_max_seconds: 5}\nservers:\n  - {id: a, ${SERVER}}\n`,
    expected: [
      '1:48: "call_max_seconds" is less than "call_seconds": expected at least as much',
    ],
  },
  {
    desc: "the same where it comes from a default",
    text: "timeouts: {call_max_seconds: 5}",
    expected: [
      '1:30: "call_max_seconds" is less than "call_seconds": expected at least as much',
    ],
  },
  {
    desc: "the same where one server's value meets the common one",
    text:
      `servers:\n  - {id: a, timeouts: {call_seconds: 601}, ${SERVER}}\n  - {id: b, timeouts: {connect_seconds: 1}, ${SERVER}}\n`,
    expected: [
      '2:13: "call_max_seconds" is less than "call_seconds": expected at least as much',
    ],
  },
  {
    desc: "restart delays the wrong way round",
    text: "restarts: {min_delay_seconds: 61}",
    expected: [
      '1:1: "max_delay_seconds" is less than "min_delay_seconds": expected at least as much',
    ],
  },
  {
    desc: "a home directory that only a shell would find",
    text:
      "servers: [{id: a, transport: {type: stdio, command: ~/x, cwd: ~}}, {id: b, transport: {type: stdio, command: ~x, cwd: '~'}}]",
    expected: [
      '1:53: "command" starts with "~", which only a shell understands: expected a path. Write ${HOME} instead',
      '1:63: "cwd" is empty: expected text that is not empty',
      '1:119: "cwd" starts with "~", which only a shell understands: expected a path. Write ${HOME} instead',
    ],
  },
];

for (const { desc, text, expected } of PROBLEMS) {
  Deno.test(`crossProblems() finds ${desc}`, async () => {
    const problems = await problemsOf(text);
    assertEquals(problems.map((line) => line.slice("c.yaml:".length)), expected);
  });
}

Deno.test("warningsFor() points out a host that others can reach", async () => {
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"]) {
    assertEquals(await warningsOf(`${ONE_SERVER}server: {host: "${host}"}`), [], host);
  }
  for (const host of ["0.0.0.0", "::", "192.168.1.2", "example.com", "127.0.0.1.example.com"]) {
    assertEquals(await warningsOf(`${ONE_SERVER}server: {host: "${host}"}`), [
      'c.yaml:2:16: "host" is not an address of this machine alone: whoever can reach it can use every server, this version asks nobody who they are',
    ]);
  }
});

Deno.test("warningsFor() points out that no server is enabled", async () => {
  const text = `servers: [{id: a, enabled: false, ${SERVER}}]`;
  assertEquals(await warningsOf(text), [
    "c.yaml:1:1: No server is enabled: clients will see no tools",
  ]);
});
