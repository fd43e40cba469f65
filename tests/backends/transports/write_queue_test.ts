import { assert, assertEquals, assertRejects } from "@std/assert";
import { TransportError } from "../../../src/backends/transports/transport.ts";
import { WriteQueue } from "../../../src/backends/transports/write_queue.ts";

/** A pipe whose reader takes a write only when the test says so. */
class Pipe {
  readonly written: string[] = [];
  isClosed = false;
  #taking: PromiseWithResolvers<void> | undefined;
  #begun = Promise.withResolvers<void>();
  readonly stream: WritableStream<Uint8Array>;

  constructor(isEager: boolean) {
    this.stream = new WritableStream({
      write: async (bytes) => {
        this.written.push(new TextDecoder().decode(bytes));
        this.#begun.resolve();
        if (isEager) return;
        this.#taking = Promise.withResolvers();
        await this.#taking.promise;
      },
      close: () => {
        this.isClosed = true;
      },
    });
  }

  /** Resolves when a write has begun. */
  async begun(): Promise<void> {
    await this.#begun.promise;
  }

  take(): void {
    this.#begun = Promise.withResolvers();
    this.#taking?.resolve();
  }

  breakOff(): void {
    this.#taking?.reject(new Error("EPIPE"));
  }
}

/** How a write ended. */
function outcome(write: Promise<void>): Promise<string> {
  return write.then(
    () => "written",
    (error) => error instanceof TransportError ? `${error.kind} ${error.sent}` : String(error),
  );
}

Deno.test("WriteQueue writes in order, what comes in one turn together", async () => {
  const pipe = new Pipe(true);
  const queue = new WriteQueue(pipe.stream, 1000);
  await Promise.all(["a\n", "é\n", "c\n"].map((text) => queue.write(text)));
  await queue.write("d\n");
  assertEquals(pipe.written, ["a\né\nc\n", "d\n"]);
  queue.close();
});

Deno.test("WriteQueue gathers what comes while a write is under way", async () => {
  const pipe = new Pipe(false);
  const queue = new WriteQueue(pipe.stream, 1000);
  const first = queue.write("a");
  await pipe.begun();
  const rest = ["b", "c", "d"].map((text) => queue.write(text));
  assertEquals(pipe.written, ["a"]);
  pipe.take();
  await first;
  await pipe.begun();
  assertEquals(pipe.written, ["a", "bcd"]);
  pipe.take();
  await Promise.all(rest);
  queue.close();
});

Deno.test("WriteQueue refuses more than a reader that does not read may owe", async () => {
  const pipe = new Pipe(false);
  const queue = new WriteQueue(pipe.stream, 10);
  const first = queue.write("12345");
  await pipe.begun();
  const second = queue.write("67890");
  const error = await assertRejects(() => queue.write("x"), TransportError);
  assertEquals([error.kind, error.sent], ["overloaded", false]);
  assertEquals(error.message, "Process does not read its input: 10 bytes are waiting");
  pipe.take();
  await first;
  await pipe.begun();
  const third = queue.write("fits");
  pipe.take();
  await second;
  await pipe.begun();
  pipe.take();
  await third;
  assertEquals(pipe.written, ["12345", "67890", "fits"]);
  queue.close();
});

Deno.test("WriteQueue takes one text of any size when nothing else waits", async () => {
  const pipe = new Pipe(true);
  const queue = new WriteQueue(pipe.stream, 10);
  await queue.write("x".repeat(1000));
  await queue.write("y".repeat(1000));
  assertEquals(pipe.written.map(({ length }) => length), [1000, 1000]);
  queue.close();
});

Deno.test("WriteQueue says which texts may have arrived when the pipe breaks", async () => {
  const pipe = new Pipe(false);
  const queue = new WriteQueue(pipe.stream, 1000);
  const under = ["a", "b"].map((text) => outcome(queue.write(text)));
  await pipe.begun();
  const behind = outcome(queue.write("c"));
  pipe.breakOff();
  assertEquals(await Promise.all([...under, behind]), [
    "failed true",
    "failed true",
    "failed false",
  ]);
  assertEquals(await outcome(queue.write("d")), "failed false");
  assertEquals(pipe.written, ["ab"]);
  queue.close();
});

Deno.test("WriteQueue.close() lets the write under way end and refuses the rest", async () => {
  const pipe = new Pipe(false);
  const queue = new WriteQueue(pipe.stream, 1000);
  const first = outcome(queue.write("a"));
  await pipe.begun();
  const second = outcome(queue.write("b"));
  queue.close();
  queue.close();
  assertEquals(await second, "failed false");
  assertEquals(await outcome(queue.write("c")), "failed false");
  assert(!pipe.isClosed);
  pipe.take();
  assertEquals(await first, "written");
  while (!pipe.isClosed) await Promise.resolve();
  assertEquals(pipe.written, ["a"]);
});

Deno.test("WriteQueue.close() right after a write refuses it unsent", async () => {
  const pipe = new Pipe(true);
  const queue = new WriteQueue(pipe.stream, 1000);
  const write = outcome(queue.write("a"));
  queue.close();
  assertEquals([await write, pipe.written], ["failed false", []]);
});
