import type { ServerView } from "../gateway/gateway.ts";
import { Exit, type ExitCode } from "./exit.ts";
import { hintFor } from "./hint.ts";
import type { Output } from "./output.ts";
import { type Palette, palette } from "./palette.ts";
import { printableLine } from "./printable.ts";

const MAX_STDERR_LINES = 8;

/** Column widths that fit these servers. */
export interface Widths {
  readonly id: number;
  readonly transport: number;
}

export function widthsFor(
  servers: readonly { readonly id: string; readonly transport: string }[],
): Widths {
  return {
    id: Math.max(0, ...servers.map(({ id }) => id.length)),
    transport: Math.max(0, ...servers.map(({ transport }) => transport.length)),
  };
}

/** How one server is doing, for people: one line, and below it what went wrong. Newline included. */
export function serverLine(view: ServerView, widths: Widths, paint: Palette): string {
  const head = `${view.id.padEnd(widths.id)}  ${view.transport.padEnd(widths.transport)}`;
  switch (view.state) {
    case "up": {
      const pid = view.pid === undefined ? "" : paint.dim(`  (pid ${view.pid})`);
      const restarts = view.restarts === 0 ? "" : `  restarted ${times(view.restarts)}`;
      return `${paint.green("✓")} ${head}  ${view.protocolVersion ?? "?"}  ${
        countsOf(view)
      }${restarts}${pid}\n`;
    }
    case "disabled":
      return paint.dim(`- ${head}  disabled`) + "\n";
    case "starting":
      return `${paint.yellow("…")} ${head}  still starting\n`;
    case "waiting":
    case "crash_loop":
    case "stopped":
      return failureLines(view, head, paint);
  }
}

/** True for a server that should be up and is not. */
export function hasFailed(view: ServerView): boolean {
  return view.state !== "up" && view.state !== "disabled";
}

/**
 * Tells people which servers are not up.
 *
 * @returns the exit code for that, or undefined where all are up
 */
export function reportFailures(
  views: readonly ServerView[],
  err: Output,
): ExitCode | undefined {
  const failed = views.filter(hasFailed);
  if (failed.length === 0) return undefined;
  const widths = widthsFor(failed);
  for (const view of failed) err.write(serverLine(view, widths, palette(err)));
  const isDenied = failed.every(({ problem = "" }) => /HTTP 40[13]\b/.test(problem));
  return isDenied ? Exit.denied : Exit.backend;
}

function failureLines(view: ServerView, head: string, paint: Palette): string {
  const problem = view.problem ?? (view.state === "stopped" ? "Stopped" : "Not connected");
  const hint = hintFor(problem, view.stderrTail);
  const tail = view.stderrTail.filter((line) => line.trim() !== "").slice(-MAX_STDERR_LINES);
  return [
    `${paint.red("✗")} ${head}  ${
      printableLine(tail.length > 0 ? withoutLastWords(problem) : problem)
    }`,
    ...tail.map((line) => paint.dim(`    | ${printableLine(line, 200)}`)),
    ...hint === undefined ? [] : [`    ${paint.yellow("hint:")} ${hint}`],
    "",
  ].join("\n");
}

/** The last words stand below, in full. */
function withoutLastWords(problem: string): string {
  return problem.replace(/ \(last words: .*\)$/s, "");
}

/** `12 tools, 4 prompts`: what a server offers, zeroes left out. */
export function countsOf(view: ServerView): string {
  const { tools, prompts, resources, resourceTemplates } = view.counts;
  const parts = [
    plural(tools, "tool"),
    plural(prompts, "prompt"),
    plural(resources, "resource"),
    plural(resourceTemplates, "resource template"),
  ].filter((part) => !part.startsWith("0 "));
  if (view.hidden.length > 0) parts.push(`${view.hidden.length} hidden`);
  return parts.length === 0 ? "offers nothing" : parts.join(", ");
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
