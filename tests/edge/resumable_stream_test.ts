import { KeptBudget } from "../../src/edge/kept_budget.ts";
import { assertEquals } from "@std/assert";
import { parseEventId, ResumableStream } from "../../src/edge/resumable_stream.ts";
import { KeepAlive, SseStream } from "../../src/edge/sse_stream.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** One connection of a client, closed by the test. */
function connection() {
  const stream = new SseStream(new KeepAlive(10_000), () => {});
  const read = async () => {
    stream.end();
    const text = await new Response(stream.body).text();
    return text.split("\n\n").filter((block) => block !== "").map((block) =>
      block.replace(/^id: (.*)\ndata: ?/, "$1 ").trim()
    );
  };
  return { stream, read };
}

function streamWith(...texts: string[]): ResumableStream {
  const resumable = new ResumableStream("s1", new KeptBudget(Infinity, () => {}));
  for (const text of texts) resumable.send(text);
  return resumable;
}

Deno.test("ResumableStream carries what was sent before and while it is attached", async () => {
  const resumable = streamWith("a");
  const { stream, read } = connection();
  resumable.attach(stream);
  resumable.send("b");
  assertEquals(await read(), ["s1-1 a", "s1-2 b"]);
});

for (
  const { desc, last, expected } of [
    { desc: "all to one who has seen nothing", last: 0, expected: ["s1-1 a", "s1-2 b", "s1-3 c"] },
    { desc: "what follows", last: 1, expected: ["s1-2 b", "s1-3 c"] },
    { desc: "nothing to one who has seen all", last: 3, expected: [] },
    { desc: "nothing for a number from the future", last: 99, expected: [] },
    {
      desc: "only what no connection carried where no number is named",
      last: undefined,
      expected: ["s1-3 c"],
    },
  ]
) {
  Deno.test(`ResumableStream replays ${desc}`, async () => {
    const resumable = streamWith();
    const first = connection();
    resumable.attach(first.stream);
    resumable.send("a");
    resumable.send("b");
    resumable.detach(first.stream);
    resumable.send("c");
    const second = connection();
    resumable.attach(second.stream, last);
    assertEquals(await second.read(), expected);
    assertEquals(await first.read(), ["s1-1 a", "s1-2 b"]);
  });
}

Deno.test("ResumableStream goes on behind the future number once there is more", async () => {
  const resumable = streamWith("a");
  const { stream, read } = connection();
  resumable.attach(stream, 99);
  resumable.send("b");
  assertEquals(await read(), ["s1-2 b"]);
});

Deno.test("ResumableStream lets a newer connection take over; the older ends", async () => {
  const resumable = streamWith();
  const [first, second] = [connection(), connection()];
  resumable.attach(first.stream);
  resumable.send("a");
  resumable.attach(second.stream, 1);
  assertEquals(first.stream.isOpen, false);
  resumable.detach(first.stream);
  assertEquals(resumable.isAttached, true);
  resumable.send("b");
  assertEquals([await first.read(), await second.read()], [["s1-1 a"], ["s1-2 b"]]);
});

Deno.test("ResumableStream that has ended gives the rest and ends the connection", async () => {
  const resumable = streamWith("a", "b");
  resumable.end();
  const { stream, read } = connection();
  resumable.attach(stream, 1);
  assertEquals([stream.isOpen, resumable.isAttached, resumable.isEnded], [false, false, true]);
  assertEquals(await read(), ["s1-2 b"]);
});

Deno.test("ResumableStream primes a client with an id from which all is replayed", async () => {
  const resumable = streamWith();
  const first = connection();
  resumable.attach(first.stream);
  resumable.prime();
  assertEquals(await first.read(), ["s1-0"]);
  resumable.detach(first.stream);
  resumable.send("a");
  const second = connection();
  resumable.attach(second.stream, 0);
  assertEquals(await second.read(), ["s1-1 a"]);
});

Deno.test("ResumableStream keeps at most 1000 events", async () => {
  const resumable = streamWith(...Array.from({ length: 1500 }, (_, n) => `e${n + 1}`));
  const { stream, read } = connection();
  resumable.attach(stream, 0);
  const all = await read();
  assertEquals([all.length, all[0], all.at(-1)], [1000, "s1-501 e501", "s1-1500 e1500"]);
});

Deno.test("ResumableStream keeps at most 4 Mi characters, but always the last event", () => {
  const resumable = streamWith();
  const mebi = "x".repeat(1024 * 1024);
  for (let n = 0; n < 6; n++) resumable.send(mebi);
  assertEquals(resumable.keptChars, 4 * mebi.length);
  resumable.send("x".repeat(5 * mebi.length));
  assertEquals(resumable.keptChars, 5 * mebi.length);
  resumable.send("y");
  assertEquals(resumable.keptChars, 1);
});

Deno.test("ResumableStream knows since when nobody is attached", () => {
  const resumable = streamWith();
  assertEquals(typeof resumable.detachedAt, "number");
  const { stream } = connection();
  resumable.attach(stream);
  assertEquals(resumable.detachedAt, undefined);
  resumable.detach(stream);
  assertEquals(typeof resumable.detachedAt, "number");
  stream.end();
});

for (
  const [id, expected] of [
    ["s12-34", { stream: "s12", number: 34 }],
    ["g-0", { stream: "g", number: 0 }],
    ["", undefined],
    ["s1", undefined],
    ["s1-", undefined],
    ["-1", undefined],
    ["s1--1", undefined],
    ["s1-1.5", undefined],
    ["s1-1e3", undefined],
    ["s1-1 ", undefined],
    ["S1-1", undefined],
    ["__proto__-1", undefined],
    ["s1-9999999999999999", undefined],
  ] as const
) {
  Deno.test(`parseEventId() reads "${id}" as ${JSON.stringify(expected)}`, () => {
    assertEquals(parseEventId(id), expected);
  });
}
