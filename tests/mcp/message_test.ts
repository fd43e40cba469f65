import { assert, assertEquals } from "@std/assert";
import { isLogLevel, LOG_LEVELS, type LogWish, wantsLog } from "../../src/mcp/message.ts";

const WISHES: readonly {
  readonly wish: LogWish;
  readonly wanted: readonly unknown[];
  readonly unwanted: readonly unknown[];
}[] = [
  { wish: "none", wanted: [], unwanted: [...LOG_LEVELS, "shout", undefined] },
  { wish: "server_default", wanted: [...LOG_LEVELS, "shout", undefined], unwanted: [] },
  { wish: "debug", wanted: [...LOG_LEVELS, "shout", undefined, null, 3], unwanted: [] },
  {
    wish: "warning",
    wanted: ["warning", "error", "critical", "alert", "emergency", "shout"],
    unwanted: ["debug", "info", "notice"],
  },
  {
    wish: "emergency",
    wanted: ["emergency", "constructor"],
    unwanted: ["debug", "error", "alert"],
  },
];

for (const { wish, wanted, unwanted } of WISHES) {
  Deno.test(`wantsLog() with the wish "${wish}"`, () => {
    for (const level of wanted) assert(wantsLog(wish, level), String(level));
    for (const level of unwanted) assert(!wantsLog(wish, level), String(level));
  });
}

Deno.test("isLogLevel() knows the eight of RFC 5424", () => {
  assertEquals(LOG_LEVELS.length, 8);
  for (const level of LOG_LEVELS) assert(isLogLevel(level));
  for (const other of ["INFO", "warn", "", undefined, null, 0, "toString"]) {
    assert(!isLogLevel(other));
  }
});
