import type { ServerView } from "../gateway/gateway.ts";
import { activity } from "./activity.ts";
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
  /** The servers that are to come up. */
  readonly servers: readonly string[];
}

export function createStartupBoard(options: StartupBoardOptions): StartupBoard {
  const { screen, paint, widths } = options;
  const awaited = new Set(options.servers);
  const shown = new Set<string>();
  let isFinished = false;

  function show(view: ServerView): void {
    if (isFinished || shown.has(view.id)) return;
    shown.add(view.id);
    awaited.delete(view.id);
    showAwaited();
    screen.write(`  ${serverLine(view, widths, paint).trimEnd().replaceAll("\n", "\n  ")}\n`);
  }

  function showAwaited(): void {
    if (awaited.size === 0) screen.status(undefined);
    // Elsewhere it would stay, and be out of date a moment later.
    else if (screen.isTerminal) screen.status(`Waiting for ${[...awaited].join(", ")}`);
  }

  return {
    onState(view) {
      // A server may be up before its lists have been read; one that offers nothing is shown at the end.
      const isUnread = view.state === "up" && Object.values(view.counts).every((n) => n === 0);
      if (view.state !== "starting" && !isUnread) show(view);
      else if (!isFinished && !shown.has(view.id)) showAwaited();
    },
    onStderr(server, line) {
      if (isFinished || shown.has(server) || line.trim() === "") return;
      screen.status(activity(server, line));
    },
    finish(views) {
      for (const view of views) show(view);
      isFinished = true;
      screen.status(undefined);
    },
  };
}
