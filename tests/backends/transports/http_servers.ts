import { decodeFrame, encodeFrame, type Frame } from "../../../src/mcp/frames.ts";
import { parseJson } from "../../../src/mcp/json.ts";
import type { Say, ScriptedServer } from "../../contracts/scripted_server.ts";

/** A loopback HTTP server for one test. */
export interface LoopbackServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves a handler on a free port. */
export function loopback(
  handler: (request: Request) => Response | Promise<Response>,
): LoopbackServer {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  return {
    url: `http://127.0.0.1:${server.addr.port}/mcp`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** An event stream that a test writes to piece by piece. */
export class EventStream {
  readonly response: Response;
  /** Resolves when the client has gone, or `end()` was called. */
  readonly gone: Promise<void>;
  readonly #encoder = new TextEncoder();
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #isOver = false;
  #markGone!: () => void;

  constructor(headers: Record<string, string> = {}) {
    this.gone = new Promise((resolve) => this.#markGone = resolve);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#isOver = true;
        this.#markGone();
      },
    });
    this.response = new Response(body, {
      headers: { "content-type": "text/event-stream", ...headers },
    });
  }

  write(text: string): this {
    if (!this.#isOver) this.#controller.enqueue(this.#encoder.encode(text));
    return this;
  }

  frame(frame: Frame, id?: string): this {
    return this.write(`${id === undefined ? "" : `id: ${id}\n`}data: ${encodeFrame(frame)}\n\n`);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller.close();
    this.#markGone();
  }
}

/** The frame in a request's body. Throws when there is none. */
export async function frameOf(request: Request): Promise<Frame> {
  const frame = decodeFrame(parseJson(await request.text()));
  if (frame.kind === "invalid") throw new Error(frame.why);
  return frame;
}

/** Answers POSTs of Streamable HTTP from a script, with an event stream for every request, or with JSON where that can be. */
export function streamableScript(
  script: ScriptedServer,
  answerWith: "stream" | "json",
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== "POST") return new Response(null, { status: 405 });
    const frame = await frameOf(request);
    if (frame.kind !== "request") {
      script.receive(frame, () => {});
      return new Response(null, { status: 202 });
    }
    // A question cannot wait for the answer it is part of.
    if (answerWith === "stream" || frame.method === "test/ask") {
      const stream = new EventStream();
      script.receive(frame, sayOn(stream));
      return stream.response;
    }
    const { promise, resolve } = Promise.withResolvers<Response>();
    const said: Frame[] = [];
    script.receive(frame, (reply) => {
      said.push(reply);
      if (reply.kind !== "response") return;
      const body = said.map(encodeFrame);
      const text = body.length === 1 ? body[0]! : `[${body.join(",")}]`;
      resolve(new Response(text, { headers: { "content-type": "application/json" } }));
    });
    request.signal.addEventListener("abort", () => resolve(new Response(null)));
    return await promise;
  };
}

function sayOn(stream: EventStream): Say {
  return (reply) => {
    stream.frame(reply);
    if (reply.kind === "response") stream.end();
  };
}

/** Answers HTTP+SSE of 2024-11-05 from a script. */
export function sseScript(script: ScriptedServer): (request: Request) => Promise<Response> {
  let stream: EventStream | undefined;
  return async (request) => {
    if (request.method === "GET") {
      stream = new EventStream().write("event: endpoint\ndata: /messages?session=abc-1\n\n");
      return stream.response;
    }
    const open = stream;
    if (open === undefined || !request.url.endsWith("/messages?session=abc-1")) {
      return new Response("No such session", { status: 404 });
    }
    const frame = await frameOf(request);
    script.receive(
      frame,
      (reply) => void open.write(`event: message\ndata: ${encodeFrame(reply)}\n\n`),
    );
    return new Response("Accepted", { status: 202 });
  };
}
