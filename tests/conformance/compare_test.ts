import { assertEquals } from "@std/assert";
import { type Allowed, compare } from "./compare.ts";
import type { Check, Scenario, SuiteResult } from "./suite.ts";

const NOTHING: Allowed = new Map();

Deno.test("compare() names what the gateway loses and why it may", () => {
  const direct = result({
    ping: [good("p")],
    "tools-list": [good("a"), good("b")],
    "tools-call-sampling": [good("s")],
    "tools-call-elicitation": [good("e")],
    "never-passed": [bad("n")],
    gone: [good("g")],
  });
  const gateway = result({
    ping: [good("p")],
    "tools-list": [good("a"), bad("b", "too short")],
    "tools-call-sampling": [bad("s")],
    "tools-call-elicitation": [good("e")],
    "never-passed": [bad("n")],
  });
  const reason = "it has no such thing";
  const allowed = new Map([["tools-call-sampling", reason], ["tools-call-elicitation", reason]]);
  const { losses, overdue, ...scores } = compare(direct, gateway, allowed);
  assertEquals(scores, {
    direct: { passed: 5, total: 6 },
    gateway: { passed: 2, total: 6 },
    weaker: [],
  });
  assertEquals(overdue, ["tools-call-elicitation"]);
  assertEquals(losses.map(({ scenario, allowed, failures }) => [scenario, allowed, ...failures]), [
    ["tools-list", undefined, "b: too short"],
    ["tools-call-sampling", reason, "s: FAILURE"],
    ["gone", undefined, "no result: the scenario did not end in time"],
  ]);
});

Deno.test("compare() tells of checks that say less, without calling them lost", () => {
  const direct = result({ streams: [good("one"), good("two"), good("three")] });
  const gateway = result({ streams: [good("one"), { id: "two", status: "INFO" }] });
  const { losses, weaker } = compare(direct, gateway, NOTHING);
  assertEquals(losses, []);
  assertEquals(weaker, ["streams: two: INFO", "streams: three: not looked at"]);
});

Deno.test("compare() judges scenarios that do not count, and does not count them", () => {
  const scenario = (checks: readonly Check[]): SuiteResult =>
    new Map([["extra", { name: "extra", unscored: "pending", checks }]]);
  const { gateway, losses } = compare(scenario([good("x")]), scenario([bad("x")]), NOTHING);
  assertEquals(gateway, { passed: 0, total: 0 });
  assertEquals(losses.map(({ unscored }) => unscored), ["pending"]);
});

function result(scenarios: Readonly<Record<string, readonly Check[]>>): SuiteResult {
  return new Map(
    Object.entries(scenarios).map(([name, checks]): [string, Scenario] => [
      name,
      { name, unscored: undefined, checks },
    ]),
  );
}

function good(id: string): Check {
  return { id, status: "SUCCESS" };
}

function bad(id: string, errorMessage?: string): Check {
  return { id, status: "FAILURE", ...errorMessage === undefined ? {} : { errorMessage } };
}
