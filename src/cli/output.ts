/** One of the two streams a command writes to. */
export interface Output {
  readonly isTerminal: boolean;
  /** Whether escape sequences for colours may be written. */
  readonly colour: boolean;
  /** Width in characters, asked anew each time because windows are resized. */
  columns(): number;
  /** Queues text. Never throws: a reader that went away (`| head`) ends the stream in silence. */
  write(text: string): void;
  /** Resolves when all that was queued has been taken, or nobody is there any more to take it. */
  written(): Promise<void>;
  /** Fires when the stream can no longer be written to. */
  readonly gone: AbortSignal;
  /** Why writing failed, unless the reader merely left. */
  problem(): string | undefined;
}

export interface OutputOptions {
  readonly isTerminal: boolean;
  /** Default: the same as `isTerminal`. */
  readonly colour?: boolean;
  /** Default 80. */
  readonly columns?: () => number;
  /** Characters that may wait to be taken; what comes on top is dropped. Default: no limit. */
  readonly maxPending?: number;
}

/**
 * Writes to a sink without ever holding up the program: a standard error that nobody reads must not stop a gateway.
 */
export function createOutput(
  sink: { write(bytes: Uint8Array): Promise<number> },
  options: OutputOptions,
): Output {
  const { isTerminal, colour = isTerminal, columns = () => 80, maxPending = Infinity } = options;
  const gone = new AbortController();
  const encoder = new TextEncoder();
  let pending = "";
  let dropped = 0;
  let problem: string | undefined;
  let pump: Promise<void> | undefined;

  async function drain(): Promise<void> {
    while (pending !== "" && !gone.signal.aborted) {
      let bytes = encoder.encode(pending);
      pending = "";
      if (dropped > 0) {
        pending = `… ${dropped} characters were dropped here: they were not read fast enough\n`;
        dropped = 0;
      }
      try {
        while (bytes.length > 0) bytes = bytes.subarray(await sink.write(bytes));
      } catch (error) {
        if (!(error instanceof Deno.errors.BrokenPipe)) problem = messageOf(error);
        gone.abort();
      }
    }
    pump = undefined;
  }

  return {
    isTerminal,
    colour,
    columns,
    gone: gone.signal,
    problem: () => problem,
    write(text) {
      if (text === "" || gone.signal.aborted) return;
      if (pending.length + text.length > maxPending) {
        dropped += text.length;
        return;
      }
      pending += text;
      // Started in a microtask, so that what one turn of the event loop writes goes out in one piece.
      pump ??= Promise.resolve().then(drain);
    },
    async written() {
      while (pump !== undefined) await pump;
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
