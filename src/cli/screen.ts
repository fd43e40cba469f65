import type { Output } from "./output.ts";
import { palette } from "./palette.ts";
import { printableLine } from "./printable.ts";

/** Standard error as people see it: lines that stay, and below them at most one that says what goes on right now. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Whole lines, newline included. */
  write(lines: string): void;
  /** What goes on right now; undefined when nothing does. Cheap to call often. */
  status(text: string | undefined): void;
}

export interface ScreenOptions {
  /** Milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

const ERASE_LINE = "\r\x1b[2K";
const TERMINAL_INTERVAL_MS = 50;
// Where nothing can be overwritten every status stays for ever, for instance in a CI log.
const PLAIN_INTERVAL_MS = 1000;

/** Draws on an output. Where that is no terminal, a status is an ordinary line and comes once a second at most. */
export function createScreen(output: Output, options: ScreenOptions = {}): Screen {
  const { now = Date.now } = options;
  const paint = palette(output);
  const interval = output.isTerminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS;
  let shown: string | undefined;
  let lastStatus = -Infinity;

  return {
    isTerminal: output.isTerminal,
    write(lines) {
      if (shown === undefined) output.write(lines);
      else output.write(`${ERASE_LINE}${lines}${shown}`);
    },
    status(text) {
      if (text === undefined) {
        if (shown !== undefined) output.write(ERASE_LINE);
        shown = undefined;
        return;
      }
      if (output.isTerminal) {
        shown = paint.dim(printableLine(text, Math.max(20, output.columns() - 1)));
      }
      const time = now();
      if (time - lastStatus < interval) return;
      lastStatus = time;
      output.write(shown === undefined ? `${printableLine(text, 160)}\n` : ERASE_LINE + shown);
    },
  };
}
