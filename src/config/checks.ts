import { restartsShape, timeoutOverridesShape, timeoutsShape } from "../backends/options.ts";
import { type Problem, problemAt, type Where } from "./problems.ts";
import type { Config } from "./schema.ts";
import { isSection, type Path, valueAt } from "./tree.ts";

/**
 * What no single key can tell: ids given twice, and limits that contradict each other. Looks at a tree that need not be
 * valid elsewhere, so that these problems come together with all others. Values are not shown: any of them may come from a
 * substitution.
 */
export function crossProblems(tree: unknown, where: Where): Problem[] {
  const servers = valueAt(tree, ["servers"]).value;
  const list: readonly unknown[] = Array.isArray(servers) ? servers : [];
  return [
    ...repeatedIds(list, where),
    ...list.flatMap((_, index) => tildes(tree, ["servers", index, "transport"], where)),
    ...timeoutProblems(tree, list, where),
    ...restartProblems(tree, where),
  ];
}

/** What is allowed but surprises people. */
export function warningsFor(config: Config, where: Where): Problem[] {
  const warnings: Problem[] = [];
  if (!config.servers.some((server) => server.enabled)) {
    const path = ["servers"];
    warnings.push(problemAt(where(path), path, "No server is enabled: clients will see no tools"));
  }
  if (!/^(localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(config.server.host)) {
    const path = ["server", "host"];
    const message =
      '"host" is not an address of this machine alone: whoever can reach it can use ' +
      "every server, this version asks nobody who they are";
    warnings.push(problemAt(where(path), path, message));
  }
  return warnings;
}

function repeatedIds(servers: readonly unknown[], where: Where): Problem[] {
  const seen = new Map<string, number>();
  return servers.flatMap((server, index) => {
    const { value: id } = valueAt(server, ["id"]);
    if (typeof id !== "string") return [];
    const first = seen.get(id);
    if (first === undefined) {
      seen.set(id, index);
      return [];
    }
    const path = ["servers", index, "id"];
    const { line } = where(["servers", first, "id"]);
    const earlier = line === undefined ? "" : `, on line ${line}`;
    const message = `"id" is one that another server has${earlier}: expected an id of its own`;
    return [problemAt(where(path), path, message)];
  });
}

/** Only a shell knows `~`, and there is none. */
function tildes(tree: unknown, transport: Path, where: Where): Problem[] {
  return ["command", "cwd"].flatMap((key) => {
    const path = [...transport, key];
    const { value } = valueAt(tree, path);
    if (typeof value !== "string" || !/^~($|[/\\])/.test(value)) return [];
    const message = `"${key}" starts with "~", which only a shell understands: expected a path`;
    return [problemAt(where(path), path, message, "Write ${HOME} instead")];
  });
}

function timeoutProblems(tree: unknown, servers: readonly unknown[], where: Where): Problem[] {
  const all = timeoutsShape.safeParse(valueAt(tree, ["timeouts"]).value ?? {});
  if (!all.success) return [];
  const problems: Problem[] = [];
  const check = (path: Path, times: { call_seconds: number; call_max_seconds: number }) => {
    if (times.call_max_seconds >= times.call_seconds) return;
    const key = [...path, "call_max_seconds"];
    problems.push(problemAt(where(key), key, lessThan("call_max_seconds", "call_seconds")));
  };
  check(["timeouts"], all.data);
  // A server that overrides nothing has the problem above, once is enough.
  for (const [index, server] of servers.entries()) {
    const given = valueAt(server, ["timeouts"]).value;
    const own = timeoutOverridesShape.safeParse(given);
    if (!isSection(given) || !own.success) continue;
    const { call_seconds = all.data.call_seconds, call_max_seconds = all.data.call_max_seconds } =
      own.data;
    if (own.data.call_seconds === undefined && own.data.call_max_seconds === undefined) continue;
    check(["servers", index, "timeouts"], { call_seconds, call_max_seconds });
  }
  return problems;
}

function restartProblems(tree: unknown, where: Where): Problem[] {
  const parsed = restartsShape.safeParse(valueAt(tree, ["restarts"]).value ?? {});
  if (!parsed.success || parsed.data.max_delay_seconds >= parsed.data.min_delay_seconds) return [];
  const path = ["restarts", "max_delay_seconds"];
  return [problemAt(where(path), path, lessThan("max_delay_seconds", "min_delay_seconds"))];
}

function lessThan(less: string, more: string): string {
  return `"${less}" is less than "${more}": expected at least as much`;
}
