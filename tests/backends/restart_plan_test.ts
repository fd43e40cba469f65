import { assert, assertEquals } from "@std/assert";
import type { Restarts } from "../../src/backends/options.ts";
import { RestartPlan } from "../../src/backends/restart_plan.ts";

const OPTIONS: Restarts = {
  min_delay_seconds: 1,
  max_delay_seconds: 6,
  crash_loop_after: 4,
  stable_seconds: 30,
};

/** Asserts a wait of some seconds, give or take the jitter of a quarter. */
function assertAbout(waitMs: number, seconds: number): void {
  assert(waitMs >= seconds * 750 && waitMs <= seconds * 1250, `${waitMs} ms, not ${seconds} s`);
}

Deno.test("RestartPlan doubles the wait up to the longest, and knows a crash loop", () => {
  const plan = new RestartPlan(OPTIONS, () => 0);
  for (
    const [seconds, isLoop] of [[1, false], [2, false], [4, false], [6, true], [6, true]] as const
  ) {
    const { waitMs, isCrashLoop } = plan.failed();
    assertAbout(waitMs, seconds);
    assertEquals(isCrashLoop, isLoop);
  }
});

Deno.test("RestartPlan forgets failures of a server that stayed up, and only of such a one", () => {
  let now = 0;
  const plan = new RestartPlan(OPTIONS, () => now);
  for (let failure = 0; failure < 4; failure++) plan.failed();
  plan.up();
  now += 29_999;
  assert(plan.failed().isCrashLoop);
  plan.up();
  now += 30_000;
  const { waitMs, isCrashLoop } = plan.failed();
  assertAbout(waitMs, 1);
  assert(!isCrashLoop);
  now += 1_000_000;
  assertAbout(plan.failed().waitMs, 2);
});

Deno.test("RestartPlan never waits long beyond the longest, however often it fails", () => {
  const plan = new RestartPlan({ ...OPTIONS, crash_loop_after: 1000 }, () => 0);
  for (let failure = 0; failure < 2000; failure++) {
    const { waitMs } = plan.failed();
    assert(waitMs > 0 && waitMs <= 7500);
  }
});
