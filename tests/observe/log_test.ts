import { assert, assertEquals, assertMatch } from "@std/assert";
import { createLog, oneLine, SEVERITIES, silentLog } from "../../src/observe/log.ts";

const NOON = Date.UTC(2026, 6, 28, 12);

/** A log at a fixed time, and all that it wrote, call by call. */
function recorded(options: Omit<Parameters<typeof createLog>[0], "write" | "now">) {
  const written: string[] = [];
  const log = createLog({ ...options, write: (lines) => written.push(lines), now: () => NOON });
  return { log, written };
}

/** Resolves after timers that are due have fired. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

const TEXT: readonly {
  readonly desc: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly line: string;
}[] = [
  { desc: "a message alone", message: "Up", line: "Up" },
  {
    desc: "fields of all types, undefined ones left out",
    message: "Up",
    fields: { server: "files", ms: 1.5, ok: true, gone: undefined },
    line: "Up server=files ms=1.5 ok=true",
  },
  {
    desc: "quotes where a value would not stand alone",
    message: "Up",
    fields: { a: "two words", b: 'say "hi"', c: "", d: "x=y", e: "a:b/c@d+1.2-3" },
    line: 'Up a="two words" b="say \\"hi\\"" c="" d="x=y" e=a:b/c@d+1.2-3',
  },
  {
    desc: "control characters in the message as escapes",
    message: "a\nb\r\x1b[31m\u2028\x9b",
    line: "a\\u000ab\\u000d\\u001b[31m\\u2028\\u009b",
  },
  {
    desc: "control characters in values as escapes",
    message: "Up",
    fields: { a: "x\n2026-07-28 error forged", b: "\x1b[2J", c: "\x9b2J", d: "\u2028\x7f\u0085" },
    line:
      'Up a="x\\n2026-07-28 error forged" b="\\u001b[2J" c="\\u009b2J" d="\\u2028\\u007f\\u0085"',
  },
  { desc: "text beyond ASCII as it is", message: "Grüße 🌍", line: "Grüße 🌍" },
];

for (const { desc, message, fields, line } of TEXT) {
  Deno.test(`createLog() in text writes ${desc}`, async () => {
    const { log, written } = recorded({});
    log.info(message, fields);
    await nextTurn();
    assertEquals(written, [`2026-07-28T12:00:00.000Z info  ${line}\n`]);
  });
}

Deno.test("createLog() in JSON writes an object a line, whatever is in it", async () => {
  const { log, written } = recorded({ format: "json", level: "debug" });
  log.debug("a\nb\u2028", { n: 1, ok: false, gone: undefined, text: '\x9b\x7f"\u0085é' });
  await nextTurn();
  assertEquals(written.length, 1);
  // deno-lint-ignore no-control-regex -- none of them may be in the line
  assertMatch(written[0]!, /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*\n$/);
  assertEquals(JSON.parse(written[0]!), {
    time: "2026-07-28T12:00:00.000Z",
    level: "debug",
    message: "a\nb\u2028",
    n: 1,
    ok: false,
    text: '\x9b\x7f"\u0085é',
  });
});

for (const level of SEVERITIES) {
  Deno.test(`createLog() at "${level}" leaves out what is less severe`, async () => {
    const { log, written } = recorded({ level });
    for (const severity of SEVERITIES) log[severity](severity);
    await nextTurn();
    const seen = written.join("").trimEnd().split("\n").map((line) => line.split(" ").at(-1));
    assertEquals(seen, SEVERITIES.slice(SEVERITIES.indexOf(level)));
    assertEquals(log.level, level);
  });
}

Deno.test("createLog() writes the lines of one turn together, in order", async () => {
  const { log, written } = recorded({});
  log.info("one");
  log.warn("two");
  assertEquals(written, []);
  await nextTurn();
  log.error("three");
  await nextTurn();
  assertEquals(written.map((lines) => lines.split("\n").length - 1), [2, 1]);
  assert(written[0]!.indexOf("one") < written[0]!.indexOf("two"));
});

Deno.test("createLog() writes at once when flushed, and nothing twice", async () => {
  const { log, written } = recorded({});
  log.flush();
  log.info("one");
  log.flush();
  log.flush();
  assertEquals(written.length, 1);
  await nextTurn();
  assertEquals(written.length, 1);
});

Deno.test("createLog() sets no timer for what it leaves out", () => {
  recorded({ level: "error" }).log.info("unheard");
});

Deno.test("silentLog takes everything and says nothing", () => {
  for (const severity of SEVERITIES) silentLog[severity]("a", { b: 1 });
});

Deno.test("oneLine() leaves no control character", () => {
  let all = "";
  for (let code = 0; code < 0x3000; code++) all += String.fromCharCode(code);
  const line = oneLine(all);
  // deno-lint-ignore no-control-regex -- none of them may be left
  assert(!/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(line));
  assert(line.includes("\\u0000") && line.includes("\\u2029") && line.includes(" !"));
});
