import { assertEquals, assertStringIncludes } from "@std/assert";
import { createOutput } from "../../src/cli/output.ts";

/** A sink that takes one write at a time, when the test says so. */
function slowSink(): {
  readonly taken: string[];
  write(bytes: Uint8Array): Promise<number>;
  release(): void;
} {
  const waiting: (() => void)[] = [];
  const taken: string[] = [];
  return {
    taken,
    async write(bytes) {
      await new Promise<void>((resolve) => waiting.push(resolve));
      taken.push(new TextDecoder().decode(bytes));
      return bytes.length;
    },
    release: () => waiting.shift()?.(),
  };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("createOutput() writes all of it to a sink that takes a byte at a time", async () => {
  const bytes: number[] = [];
  const sink = {
    write(chunk: Uint8Array) {
      bytes.push(chunk[0] ?? 0);
      return Promise.resolve(1);
    },
  };
  const output = createOutput(sink, { isTerminal: false });
  output.write("héllo ");
  output.write("wörld");
  await output.written();
  assertEquals(new TextDecoder().decode(Uint8Array.from(bytes)), "héllo wörld");
});

Deno.test("createOutput() joins what comes while the sink is busy", async () => {
  const sink = slowSink();
  const output = createOutput(sink, { isTerminal: false });
  output.write("1");
  output.write("2");
  await turn();
  output.write("3");
  output.write("4");
  sink.release();
  await turn();
  sink.release();
  await output.written();
  assertEquals(sink.taken, ["12", "34"]);
});

Deno.test("createOutput() drops what a stuck reader cannot hold, and says so once it reads on", async () => {
  const sink = slowSink();
  const output = createOutput(sink, { isTerminal: false, maxPending: 4 });
  output.write("1234");
  await turn();
  output.write("5678");
  output.write("lost");
  for (let i = 0; i < 3; i++) {
    sink.release();
    await turn();
  }
  await output.written();
  assertEquals(sink.taken.slice(0, 2), ["1234", "5678"]);
  assertStringIncludes(sink.taken[2] ?? "", "4 characters were dropped");
});

Deno.test("createOutput() is silent about a reader that left", async () => {
  const output = createOutput(
    { write: () => Promise.reject(new Deno.errors.BrokenPipe("gone")) },
    { isTerminal: false },
  );
  output.write("a");
  await output.written();
  assertEquals(output.gone.aborted, true);
  assertEquals(output.problem(), undefined);
  output.write("b");
  await output.written();
});

Deno.test("createOutput() keeps the reason of any other failure", async () => {
  const output = createOutput(
    { write: () => Promise.reject(new Error("No space left on device")) },
    { isTerminal: false },
  );
  output.write("a");
  await output.written();
  assertEquals(output.problem(), "No space left on device");
});
