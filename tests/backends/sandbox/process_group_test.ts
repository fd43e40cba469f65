import { assert, assertEquals, assertLess } from "@std/assert";
import { endProcessGroup } from "../../../src/backends/sandbox/process_group.ts";
import { running } from "../processes.ts";

/** A shell of its own process group that writes a line when it is ready. */
async function shell(script: string) {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", script],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    detached: true,
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const pids = new TextDecoder().decode(value).trim().split(" ").map(Number);
  await child.stdin.close();
  return {
    child,
    /** Itself and what it started. */
    pids,
    async [Symbol.asyncDispose]() {
      await reader.cancel();
    },
  };
}

const CASES: readonly {
  readonly desc: string;
  readonly script: string;
  readonly how: "asked" | "hung_up";
  readonly signal: string | null;
  readonly atLeastMs: number;
  readonly atMostMs: number;
}[] = [
  {
    desc: "a child that ends at end of input, at once",
    script: "echo $$; cat",
    how: "asked",
    signal: null,
    atLeastMs: 0,
    atMostMs: 500,
  },
  {
    desc: "a child that heeds TERM only, after its time to end by itself",
    script: "echo $$; exec sleep 30",
    how: "asked",
    signal: "SIGTERM",
    atLeastMs: 1990,
    atMostMs: 2600,
  },
  {
    desc: "a child that hung up, sooner",
    script: "echo $$; exec sleep 30",
    how: "hung_up",
    signal: "SIGTERM",
    atLeastMs: 490,
    atMostMs: 1100,
  },
  {
    desc: "a child that ignores TERM, with KILL",
    script: "trap '' TERM; echo $$; while :; do sleep 30; done",
    how: "hung_up",
    signal: "SIGKILL",
    atLeastMs: 2490,
    atMostMs: 3200,
  },
  {
    desc: "a child that was stopped",
    script: "echo $$; kill -STOP $$; exec sleep 30",
    how: "hung_up",
    signal: "SIGKILL",
    atLeastMs: 2490,
    atMostMs: 3200,
  },
  {
    desc: "what a child leaves behind",
    script: "sleep 30 & echo $$ $!; cat",
    how: "asked",
    signal: null,
    atLeastMs: 0,
    atMostMs: 800,
  },
  {
    desc: "what a child leaves behind, ignoring TERM",
    script: "(trap '' TERM; exec sleep 30) & echo $$ $!; cat",
    how: "asked",
    signal: null,
    atLeastMs: 0,
    atMostMs: 800,
  },
];

// Together, for most of the time is spent waiting for children that do not obey.
Deno.test({
  name: "endProcessGroup() ends every kind of child and all of its group",
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    const outcomes = CASES.map(async ({ script, how }) => {
      await using subject = await shell(script);
      const { child, pids } = subject;
      const began = performance.now();
      const status = await endProcessGroup(child, child.status, how);
      const ms = performance.now() - began;
      // KILL was sent; the kernel may need a moment to carry it out.
      let left = await running(pids);
      while (left.length > 0 && performance.now() - began < ms + 1000) left = await running(pids);
      return { status, ms, left };
    });
    const all = await Promise.all(outcomes);
    for (const [at, { desc, signal, atLeastMs, atMostMs }] of CASES.entries()) {
      await t.step(desc, () => {
        const { status, ms, left } = all[at]!;
        assertEquals(status?.signal, signal);
        assertEquals(left, []);
        assert(ms >= atLeastMs, `Took only ${ms} ms`);
        assertLess(ms, atMostMs);
      });
    }
  },
});

Deno.test({
  name: "endProcessGroup() of a child that is long gone only tells how it ended",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using subject = await shell("echo $$; exit 3");
    const { child } = subject;
    await child.status;
    const status = await endProcessGroup(child, child.status, "asked");
    assertEquals([status?.code, status?.signal], [3, null]);
  },
});
