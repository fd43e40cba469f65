import type { ServerView } from "../gateway/gateway.ts";
import type { Palette } from "./palette.ts";
import type { Screen } from "./screen.ts";
import { serverLine, type Widths } from "./server_line.ts";

/** Shows servers coming up: each one's line as soon as its fate is known, and meanwhile what they are busy with. */
export interface StartupBoard {
  onState(view: ServerView): void;
  onStderr(server: string, line: string): void;
  /** Shows the servers not shown yet; after that the board says nothing more. */
  finish(views: readonly ServerView[]): void;
}

export interface StartupBoardOptions {
  readonly screen: Screen;
  readonly paint: Palette;
  readonly widths: Widths;
}

export function createStartupBoard({ screen, paint, widths }: StartupBoardOptions): StartupBoard {
  const shown = new Set<string>();
  const starting = new Set<string>();
  let isFinished = false;

  function show(view: ServerView): void {
    if (isFinished || shown.has(view.id)) return;
    shown.add(view.id);
    starting.delete(view.id);
    screen.write(`  ${serverLine(view, widths, paint).trimEnd().replaceAll("\n", "\n  ")}\n`);
  }

  return {
    onState(view) {
      if (view.state !== "starting") show(view);
      else if (!isFinished && !shown.has(view.id)) {
        starting.add(view.id);
        screen.status(`Starting ${[...starting].join(", ")}`);
      }
    },
    onStderr(server, line) {
      if (isFinished || shown.has(server) || line.trim() === "") return;
      screen.status(`${server}: ${shorten(line)}`);
    },
    finish(views) {
      for (const view of views) show(view);
      isFinished = true;
      screen.status(undefined);
    },
  };
}

/** A download line says what, not from where: the last part of the address is what a person recognises. */
function shorten(line: string): string {
  return line.replace(/https?:\/\/\S*\/([^\s/?#]+)\S*/g, "$1");
}
