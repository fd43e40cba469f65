import type { loadConfig } from "../config/load.ts";
import type { locateConfig } from "../config/locate.ts";
import type { assemble } from "../gateway/assemble.ts";
import type { openHttp } from "../gateway/http.ts";
import type { serveStdio } from "../gateway/stdio.ts";
import type { Output } from "./output.ts";

/** The ways the system or the person at the keyboard asks a program to end. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** Everything a command touches outside itself; `main.ts` makes the real one, tests make theirs. */
export interface World {
  readonly out: Output;
  readonly err: Output;
  readonly input: ReadableStream<Uint8Array>;
  readonly environment: Readonly<Record<string, string>>;
  /** Rejects with a reason for people when the file cannot be read. */
  readText(path: string): Promise<string>;
  /** Calls the handler on every such signal until the returned function is called. */
  onStop(handler: (signal: StopSignal) => void): () => void;
  /** Ends a process and all it started, at once and without asking. Never throws. */
  killGroup(pid: number): void;
  readonly parts: Parts;
}

/** The program behind the commands. */
export interface Parts {
  readonly locateConfig: typeof locateConfig;
  readonly loadConfig: typeof loadConfig;
  readonly assemble: typeof assemble;
  readonly openHttp: typeof openHttp;
  readonly serveStdio: typeof serveStdio;
}
