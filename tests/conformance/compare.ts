import { type Check, passes, type Scenario, type SuiteResult } from "./suite.ts";

/** Scenarios that cannot apply to a cell, and why. */
export type Allowed = ReadonlyMap<string, string>;

/** What a client of 2026-07-28 cannot have of a server that speaks 2025 only. */
export const OF_A_2025_SERVER: Allowed = new Map([
  [
    "input-required-result-basic-elicitation",
    "it looks for a key that the server chose; questions of 2025 have no keys, the gateway chooses them",
  ],
  [
    "input-required-result-capability-check",
    "the server is to ask only for what this request declared; a 2025 server knows one set per connection, and is refused what does not fit",
  ],
  [
    "server-stateless",
    "a tool is to refuse with -32021 for want of a capability; 2025 has no such answer, the tool hears that its question cannot be put",
  ],
]);

/** A scenario that passes directly and not through the gateway. */
export interface Loss {
  readonly scenario: string;
  readonly unscored: string | undefined;
  /** Why it may be lost; absent where it may not. */
  readonly allowed: string | undefined;
  readonly failures: readonly string[];
}

/** What stands between a direct run and one through the gateway. */
export interface Comparison {
  readonly direct: Score;
  readonly gateway: Score;
  readonly losses: readonly Loss[];
  /** Allowed to fail, but passing. */
  readonly overdue: readonly string[];
  /** Checks that succeed directly and neither succeed nor fail through the gateway. */
  readonly weaker: readonly string[];
}

/** How many of the scored scenarios of a revision pass. */
export interface Score {
  readonly passed: number;
  readonly total: number;
}

/** Counts the scored scenarios that pass. */
export function score(result: SuiteResult, of: SuiteResult = result): Score {
  const scored = [...of.values()].filter((scenario) => scenario.unscored === undefined);
  return {
    passed: scored.filter(({ name }) => passes(result.get(name))).length,
    total: scored.length,
  };
}

/** Finds what `gateway` lost of what `direct` has. */
export function compare(
  direct: SuiteResult,
  gateway: SuiteResult,
  allowedLosses: Allowed,
): Comparison {
  const losses: Loss[] = [];
  const weaker: string[] = [];
  const overdue: string[] = [];
  for (const scenario of [...direct.values()].filter(passes)) {
    const other = gateway.get(scenario.name);
    const allowed = allowedLosses.get(scenario.name);
    if (passes(other)) {
      if (allowed !== undefined) overdue.push(scenario.name);
      weaker.push(...weakened(scenario, other));
      continue;
    }
    const failures = other === undefined
      ? ["no result: the scenario did not end in time"]
      : other.checks.filter(({ status }) => status === "FAILURE").map(describe);
    losses.push({ scenario: scenario.name, unscored: scenario.unscored, allowed, failures });
  }
  return {
    direct: score(direct),
    gateway: score(gateway, direct),
    losses,
    overdue,
    weaker,
  };
}

function weakened(direct: Scenario, gateway: Scenario | undefined): readonly string[] {
  const kept = new Set(
    gateway?.checks.filter(({ status }) => status === "SUCCESS").map(({ id }) => id),
  );
  const lost = new Set(
    direct.checks.filter(({ id, status }) => status === "SUCCESS" && !kept.has(id))
      .map(({ id }) => id),
  );
  return [...lost].map((id) => {
    const now = gateway?.checks.find((check) => check.id === id);
    return `${direct.name}: ${now === undefined ? `${id}: not looked at` : describe(now)}`;
  });
}

function describe({ id, status, errorMessage }: Check): string {
  return `${id}: ${errorMessage ?? status}`;
}
