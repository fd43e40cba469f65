import { assertEquals } from "@std/assert";
import { createScreen } from "../../src/cli/screen.ts";
import { capture } from "./fakes.ts";

Deno.test("createScreen() keeps the status below the lines on a terminal", async () => {
  const { output, text } = capture({ isTerminal: true });
  let now = 0;
  const screen = createScreen(output, { now: () => now });
  screen.status("one\u001b[31m red");
  screen.status("too soon to draw");
  screen.write("line\n");
  now += 1000;
  screen.status("two");
  screen.status(undefined);
  screen.status(undefined);
  screen.write("end\n");
  await output.written();
  assertEquals(
    text(),
    "\r\x1b[2Kone red" + "\r\x1b[2Kline\ntoo soon to draw" + "\r\x1b[2Ktwo" + "\r\x1b[2K" + "end\n",
  );
});

Deno.test("createScreen() writes a status a second where nothing can be overwritten", async () => {
  const { output, text } = capture();
  let now = 0;
  const screen = createScreen(output, { now: () => now });
  screen.status("one");
  now += 500;
  screen.status("too soon");
  screen.write("line\n");
  now += 600;
  screen.status("two");
  screen.status(undefined);
  await output.written();
  assertEquals(text(), "one\nline\ntwo\n");
});

Deno.test("createScreen() cuts a status to the width", async () => {
  const { output, text } = capture({ isTerminal: true });
  createScreen(output).status("x".repeat(500));
  await output.written();
  assertEquals(text(), `\r\x1b[2K${"x".repeat(78)}…`);
});
