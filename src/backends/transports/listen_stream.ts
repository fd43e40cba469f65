import { backoffMs, type Delay } from "./delay.ts";
import { freshCursor } from "./event_stream.ts";
import type { FrameReader } from "./frame_reader.ts";
import type { HttpAnswer } from "./http_client.ts";
import { mediaType } from "./http_endpoint.ts";

/** How long to wait before asking for a broken stream again, where the server does not say. */
export const DEFAULT_RETRY_MS = 1_000;
const MAX_FAILURES_AT_START = 5;

export interface ListenStreamOptions {
  /** Asks for the stream. */
  readonly get: (lastEventId: string) => Promise<HttpAnswer>;
  readonly reader: FrameReader;
  readonly delay: Delay;
  readonly signal: AbortSignal;
}

/**
 * Keeps the stream of server messages that belong to no request open (2025-11-25 transports, Listening for Messages
 * from the Server) until the signal aborts or the server shows that it offers none. Never rejects.
 */
export async function listenStream(options: ListenStreamOptions): Promise<void> {
  const { get, reader, delay, signal } = options;
  const cursor = freshCursor();
  let hasWorked = false;
  for (let failures = 0; !signal.aborted; failures++) {
    const answer = await get(cursor.lastEventId).catch(() => undefined);
    if (answer !== undefined) {
      if (answer.status === 200 && mediaType(answer) === "text/event-stream") {
        hasWorked = true;
        const before = cursor.events;
        // An event too large ends this stream; the next one starts behind it or without it.
        await reader.readStream(answer, cursor).catch(() => false);
        if (cursor.events !== before) failures = 0;
      } else {
        answer.discard();
        if (!isPassing(answer.status)) return;
      }
    }
    if (signal.aborted || (!hasWorked && failures + 1 >= MAX_FAILURES_AT_START)) return;
    await delay(backoffMs(cursor.retryMs ?? DEFAULT_RETRY_MS, failures), signal);
  }
}

/** Whether a status may be another one soon. 405 says that there is no such stream, 404 that the session is gone. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 ||
    (status >= 500 && status !== 501 && status !== 505);
}
