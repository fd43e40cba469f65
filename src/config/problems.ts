import { oneLine } from "../observe/log.ts";
import { type Path, pathText } from "./tree.ts";

/** Where a value was given: a line of the file, or an environment variable or option (then without a line). */
export interface Place {
  /** The file, `ONLY1MCP_…`, or `--option`. */
  readonly source: string;
  /** Counted from 1. */
  readonly line: number | undefined;
  /** Counted from 1. */
  readonly column: number | undefined;
}

/** Finds the place of a value or of its key; of what surrounds it where it is missing. */
export type Where = (path: Path, part?: "key" | "value") => Place;

/** One thing that is wrong with a configuration. No message contains a value that came from a substitution. */
export interface Problem extends Place {
  /** The key concerned, `servers[0].transport.url`; empty for the file as a whole. */
  readonly path: string;
  /** What is and what should be, without a full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | undefined;
}

/** Makes a problem. */
export function problemAt(place: Place, path: Path, message: string, hint?: string): Problem {
  return { ...place, path: pathText(path), message, hint };
}

/** `file:line:column: message. Did you mean "x"?`, safe to print on one line. */
export function formatProblem(problem: Problem): string {
  const { source, line, column, message, hint } = problem;
  const place = line === undefined ? source : `${source}:${line}:${column ?? 1}`;
  return oneLine(`${place}: ${message}${hint === undefined ? "" : `. ${hint}`}`);
}

/** Problems in the order of the file, those of variables and options last. */
export function inFileOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) =>
    (a.line ?? Infinity) - (b.line ?? Infinity) || (a.column ?? 0) - (b.column ?? 0) || 0
  );
}

/** Names as they stand in messages: `"a", "b"`. */
export function quoteAll(names: readonly unknown[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}

/** A text from the file as it stands in messages: in quotes, and not longer than a line can bear. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
