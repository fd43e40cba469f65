import { assertEquals, assertThrows } from "@std/assert";
import {
  EventStreamParser,
  EventTooLargeError,
  type StreamEvent,
} from "../../../src/backends/transports/event_stream.ts";

const encoder = new TextEncoder();

function message(data: string): StreamEvent {
  return { type: "message", data };
}

const CASES: readonly {
  readonly desc: string;
  readonly text: string;
  readonly events: readonly StreamEvent[];
  readonly lastEventId?: string;
  readonly retryMs?: number;
  readonly noise?: readonly string[];
}[] = [
  { desc: "one line of data", text: "data: a\n\n", events: [message("a")] },
  { desc: "no space after the colon", text: "data:a\n\n", events: [message("a")] },
  { desc: "only the first space removed", text: "data:  a\n\n", events: [message(" a")] },
  {
    desc: "several lines of data",
    text: "data: a\ndata\ndata: b\n\n",
    events: [message("a\n\nb")],
  },
  {
    desc: "CRLF line ends",
    text: "data: a\r\n\r\ndata: b\r\n\r\n",
    events: [message("a"), message("b")],
  },
  { desc: "CR line ends", text: "data: a\r\rdata: b\r\r", events: [message("a"), message("b")] },
  {
    desc: "mixed line ends",
    text: "data: a\r\ndata: b\r\n\ndata: c\n\r",
    events: [message("a\nb"), message("c")],
  },
  { desc: "a byte order mark", text: "\ufeffdata: a\n\n", events: [message("a")] },
  {
    desc: "a byte order mark where it is a character",
    text: "data: \ufeff\n\n",
    events: [message("\ufeff")],
  },
  { desc: "comments", text: ": hello\n:\ndata: a\n: within\n\n:\n\n", events: [message("a")] },
  {
    desc: "characters of two, three and four bytes",
    text: "data: ä€🌍\n\n",
    events: [message("ä€🌍")],
  },
  {
    desc: "types",
    text: "event: endpoint\ndata: /x\n\ndata: y\n\n",
    events: [{ type: "endpoint", data: "/x" }, message("y")],
  },
  { desc: "an event without data", text: "event: ping\n\ndata: a\n\n", events: [message("a")] },
  { desc: "a priming event", text: "id: 7\ndata:\n\n", events: [message("")], lastEventId: "7" },
  { desc: "an id without data", text: "id: 7\n\n", events: [], lastEventId: "7" },
  {
    desc: "an id that lasts",
    text: "id: 7\ndata: a\n\ndata: b\n\n",
    events: [message("a"), message("b")],
    lastEventId: "7",
  },
  {
    desc: "an id taken back",
    text: "id: 7\ndata: a\n\nid\ndata: b\n\n",
    events: [message("a"), message("b")],
    lastEventId: "",
  },
  {
    desc: "an id of an event cut short",
    text: "id: 7\ndata: a\n\nid: 8\ndata: b\n",
    events: [message("a")],
    lastEventId: "7",
  },
  { desc: "an id with NUL", text: "id: 7\0\ndata: a\n\n", events: [message("a")] },
  { desc: "a reconnection time", text: "retry: 1500\n\n", events: [], retryMs: 1500 },
  { desc: "no reconnection time", text: "retry: 1.5\nretry: -1\nretry:\n\n", events: [] },
  {
    desc: "lines that are no fields",
    text: "<html>\ndata: a\nDATA: b\n\n",
    events: [message("a")],
    noise: ["<html>", "DATA: b"],
  },
  { desc: "an end without blank line", text: "data: a\n", events: [] },
];

for (const { desc, text, events, lastEventId = "", retryMs, noise = [] } of CASES) {
  Deno.test(`EventStreamParser reads ${desc}, however it is cut`, () => {
    const bytes = encoder.encode(text);
    for (const cuts of [[], ...bytes.keys().map((at) => [at]), [...bytes.keys()]]) {
      const heard: string[] = [];
      const parser = new EventStreamParser({
        maxEventLength: 100,
        onNoise: (line) => heard.push(line),
      });
      const pieces = [0, ...cuts].map((from, n) => bytes.subarray(from, cuts[n] ?? bytes.length));
      assertEquals(pieces.flatMap((piece) => parser.push(piece)), events);
      assertEquals(parser.cursor.lastEventId, lastEventId);
      assertEquals(parser.cursor.retryMs, retryMs);
      assertEquals(heard, noise);
    }
  });
}

Deno.test("EventStreamParser goes on from a cursor", () => {
  const cursor = { lastEventId: "7", retryMs: 20, events: 3 };
  const parser = new EventStreamParser({ maxEventLength: 100, cursor });
  parser.push(encoder.encode("data: a\n\n"));
  assertEquals(cursor, { lastEventId: "7", retryMs: 20, events: 4 });
});

Deno.test("EventStreamParser refuses events that grow too large", () => {
  const line = "data: 0123456789\n";
  for (const text of [line.repeat(10), "x".repeat(101), `: ${"x".repeat(100)}`]) {
    for (const size of [1, 7, 1000]) {
      assertThrows(() => {
        const parser = new EventStreamParser({ maxEventLength: 100 });
        for (let at = 0; at < text.length; at += size) {
          parser.push(encoder.encode(text.slice(at, at + size)));
        }
      }, EventTooLargeError);
    }
  }
});

Deno.test("EventStreamParser takes any number of events", () => {
  const parser = new EventStreamParser({ maxEventLength: 100 });
  const events = parser.push(encoder.encode("data: 0123456789\n\n".repeat(1000)));
  assertEquals(events.length, 1000);
});
