import type { CallsResult, Figures } from "./calls.ts";
import type { MemoryResult } from "./memory.ts";
import type { StartResult } from "./start.ts";

/** Everything a run found out; what was not asked for is empty. */
export interface Report {
  readonly command: string;
  readonly date: string;
  readonly deno: string;
  readonly machine: { readonly cores: number; readonly processor: string };
  /** Processes that wanted to run on average in the last minute before the run: how noisy the machine is. */
  readonly loadBefore: number;
  readonly logLevel: string;
  readonly calls: readonly CallsResult[];
  readonly memory: readonly MemoryResult[];
  readonly start: readonly StartResult[];
}

/** The report for people. */
export function asText(report: Report): string {
  const { machine, calls, memory, start } = report;
  const parts = [
    [
      `${report.command}    ${report.date}`,
      `Deno ${report.deno}, ${machine.cores} cores (${machine.processor}), ` +
      `load average ${report.loadBefore.toFixed(1)} before, log level ${report.logLevel}`,
    ].join("\n"),
  ];
  if (calls.length > 0) parts.push(callsText(calls));
  if (memory.length > 0) {
    parts.push(section("Gateway memory, nothing going on", [
      ["stdio servers", "RSS MB"],
      ...memory.map(({ servers, residentMb }) => [String(servers), residentMb.toFixed(0)]),
    ]));
  }
  if (start.length > 0) {
    parts.push(section("Start to first complete tools/list, 10 servers under Deno, warm cache", [
      ["servers", "s", "aim"],
      ...start.map(({ servers, firstListMs, aimMs, problem }) => [
        servers,
        firstListMs === undefined ? `none: ${problem}` : (firstListMs / 1000).toFixed(2),
        `< ${aimMs / 1000}`,
      ]),
    ]));
  }
  return parts.join("\n\n") + "\n";
}

function callsText(calls: readonly CallsResult[]): string {
  const rows = calls.map((row) => [
    row.backend,
    row.backendEra,
    row.clientEra,
    String(row.inFlight),
    ...figures(row.direct, row.directCpuUs),
    ...figures(row.gateway, row.cpuUs),
    row.aimUs === undefined ? "" : `< ${row.aimUs}`,
    row.ratio.toFixed(2),
  ]);
  const head = ["backend", "era", "client", "in flight"].concat(
    ["direct/s", "p50 ms", "p99 ms", "CPU µs"],
    ["gateway/s", "p50 ms", "p99 ms", "CPU µs", "aim", "ratio"],
  );
  return section(
    "tools/call, directly and through the gateway by turns, medians; " +
      "CPU µs is that of the backend for a direct call, and of the gateway alone",
    [head, ...rows],
  );
}

function figures({ perSecond, p50Ms, p99Ms }: Figures, cpuUs: number): readonly string[] {
  return [perSecond.toFixed(0), p50Ms.toFixed(2), p99Ms.toFixed(2), cpuUs.toFixed(0)];
}

/** A title above columns, the first flush left. */
function section(title: string, rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
    ).join("  ")
  );
  return [title, ...lines].join("\n");
}
