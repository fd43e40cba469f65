import {
  encodeFrame,
  type NotificationFrame,
  type RequestFrame,
  type ResponseFrame,
} from "../mcp/frames.ts";

import type { Patience } from "./patience.ts";

/** Where the messages of one request go once it turns out that there are more than one. */
export interface MessageSink {
  send(text: string): void;
  /** No more comes. */
  end(): void;
  response(): Response;
}

export interface LazyReply {
  /** Does the work; tells what comes before the answers and returns them, none if the caller cancelled. */
  readonly work: (
    emit: (frame: NotificationFrame | RequestFrame) => void,
  ) => Promise<readonly ResponseFrame[]>;
  /** Which forms of answer the client takes. */
  readonly accepts: { readonly json: boolean; readonly sse: boolean };
  readonly openStream: () => MessageSink;
  /** The HTTP answer where the answers are all there is. */
  readonly plain: (responses: readonly ResponseFrame[]) => Response;
  /** After some time without a word the answer becomes a stream, so that nothing on the way gives up. */
  readonly patience: Patience;
}

/**
 * Answers with plain JSON when the reply is all there is to say, and with an event stream as soon as anything comes
 * before it. Most calls then cost no stream.
 */
export async function lazyReply(options: LazyReply): Promise<Response> {
  const { work, accepts, openStream, plain } = options;
  const { promise: streaming, resolve } = Promise.withResolvers<"streaming">();
  let sink: MessageSink | undefined;

  function stream(): MessageSink {
    if (sink === undefined) {
      sink = openStream();
      resolve("streaming");
    }
    return sink;
  }

  if (!accepts.json) stream();
  const waiting = accepts.sse ? options.patience.add(stream) : undefined;
  const working = work((frame) => {
    if (accepts.sse) stream().send(encodeFrame(frame));
  }).finally(() => options.patience.remove(waiting));
  const finished = working.then((responses) => {
    if (sink === undefined) return responses;
    for (const response of responses) sink.send(encodeFrame(response));
    sink.end();
    return responses;
  }, (error) => {
    sink?.end();
    throw error;
  });
  const outcome = await Promise.race([finished, streaming]);
  if (outcome === "streaming" || sink !== undefined) {
    finished.catch(() => {});
    return sink!.response();
  }
  return plain(outcome);
}
