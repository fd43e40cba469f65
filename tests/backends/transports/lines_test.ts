import { assert, assertEquals } from "@std/assert";
import { type LineReader, readLines } from "../../../src/backends/transports/lines.ts";

const encoder = new TextEncoder();

/** A stream of these chunks, as the pipe of a process would be. */
function streamOf(chunks: readonly Uint8Array[], then: "ends" | "breaks" = "ends") {
  const rest = [...chunks];
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const chunk = rest.shift();
      if (chunk !== undefined) controller.enqueue(chunk.slice());
      else if (then === "breaks") controller.error(new Error("EPIPE"));
      else {
        controller.close();
        controller.byobRequest?.respond(0);
      }
    },
  });
}

/** What is read of a stream; lines too long as `<bytes>`. */
async function linesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  parts: Partial<LineReader> = {},
): Promise<string[]> {
  const lines: string[] = [];
  await readLines(stream, {
    maxBytes: 1000,
    onLine: (line) => lines.push(line),
    onTooLong: (bytes) => lines.push(`<${bytes}>`),
    ...parts,
  });
  return lines;
}

const CASES: readonly {
  readonly desc: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly maxBytes?: number;
}[] = [
  { desc: "nothing", text: "", lines: [] },
  { desc: "a line", text: "one\n", lines: ["one"] },
  { desc: "several lines", text: "one\ntwo\nthree\n", lines: ["one", "two", "three"] },
  { desc: "an empty line", text: "\n", lines: [""] },
  { desc: "empty lines between others", text: "a\n\n\nb\n", lines: ["a", "", "", "b"] },
  { desc: "a last line without a newline", text: "one\ntwo", lines: ["one", "two"] },
  {
    desc: "carriage returns before newlines",
    text: "one\r\ntwo\r\n\r\n",
    lines: ["one", "two", ""],
  },
  { desc: "other carriage returns", text: "a\rb\r\r\n", lines: ["a\rb\r"] },
  { desc: "a carriage return at the end of all", text: "a\r", lines: ["a"] },
  { desc: "characters of two to four bytes", text: "é世🌍\n🌍世é\n", lines: ["é世🌍", "🌍世é"] },
  {
    desc: "line separators that are no newlines",
    text: "a\u2028b\u0085c\n",
    lines: ["a\u2028b\u0085c"],
  },
  { desc: "a byte order mark", text: '\ufeff{"a":1}\n', lines: ['{"a":1}'] },
  { desc: "a NUL", text: "a\0b\n", lines: ["a\0b"] },
  { desc: "a line as long as allowed", text: "12345678\n", maxBytes: 8, lines: ["12345678"] },
  { desc: "a line one byte too long", text: "123456789\nok\n", maxBytes: 8, lines: ["<9>", "ok"] },
  { desc: "a line too long by its bytes", text: "ééééé\nok\n", maxBytes: 8, lines: ["<10>", "ok"] },
  { desc: "a last line too long", text: "ok\n1234567890", maxBytes: 8, lines: ["ok", "<10>"] },
  {
    desc: "long lines one after the other",
    text: `${"x".repeat(30)}\n${"y".repeat(20)}\nok\n`,
    maxBytes: 8,
    lines: ["<30>", "<20>", "ok"],
  },
];

for (const { desc, text, lines, maxBytes = 1000 } of CASES) {
  Deno.test(`readLines() reads ${desc}, wherever the chunks are cut`, async () => {
    const bytes = encoder.encode(text);
    for (let at = 0; at <= bytes.length; at++) {
      const chunks = [bytes.subarray(0, at), bytes.subarray(at)].filter(({ length }) => length > 0);
      assertEquals(await linesOf(streamOf(chunks), { maxBytes }), lines, `cut at ${at}`);
    }
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    assertEquals(await linesOf(streamOf(single), { maxBytes }), lines, "byte by byte");
  });
}

Deno.test("readLines() replaces what is not UTF-8 and goes on", async () => {
  const bytes = Uint8Array.of(0x61, 0xff, 0x0a, 0xf0, 0x9f, 0x0a, 0x62, 0x0a);
  assertEquals(await linesOf(streamOf([bytes])), ["a\ufffd", "\ufffd", "b"]);
});

Deno.test("readLines() reads lines larger than its buffer", async () => {
  const long = "äöü".repeat(100_000);
  const bytes = encoder.encode(`${long}\nshort\n${long}`);
  const lines = await linesOf(streamOf([bytes]), { maxBytes: 1e7 });
  assert(lines[0] === long && lines[1] === "short" && lines[2] === long && lines.length === 3);
});

Deno.test("readLines() keeps no line that is too long in memory, and goes on after it", async () => {
  const piece = encoder.encode("x".repeat(60_000));
  const chunks = [...Array.from({ length: 500 }, () => piece), encoder.encode("\nok\n")];
  assertEquals(await linesOf(streamOf(chunks)), ["<30000000>", "ok"]);
});

Deno.test("readLines() takes a broken stream for one that ends", async () => {
  assertEquals(await linesOf(streamOf([encoder.encode("one\ntw")], "breaks")), ["one", "tw"]);
});

Deno.test("readLines() stops when told to, with what it has", async () => {
  const stop = new AbortController();
  let cancelled = false;
  const stream = new ReadableStream({
    type: "bytes",
    start: (controller) => controller.enqueue(encoder.encode("one\ntw")),
    cancel: () => {
      cancelled = true;
    },
  });
  const seen: string[] = [];
  await linesOf(stream, {
    signal: stop.signal,
    onLine: (line) => {
      seen.push(line);
      stop.abort();
    },
  });
  assertEquals([seen, cancelled, stream.locked], [["one", "tw"], true, false]);
});

Deno.test("readLines() leaves turns to timers while a stream never has nothing to say", async () => {
  const chunk = encoder.encode("noise\n".repeat(1000));
  const end = performance.now() + 5000;
  let isTimerDue = false;
  const timer = setTimeout(() => {
    isTimerDue = true;
  }, 20);
  const endless = new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (!isTimerDue && performance.now() < end) return controller.enqueue(chunk.slice());
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
  await linesOf(endless, { onLine() {} });
  clearTimeout(timer);
  assert(isTimerDue, "the timer had no turn in 5 s");
});
