import {
  errorFrame,
  type Frame,
  type RequestFrame,
  resultFrame,
  RpcCode,
} from "../../src/mcp/frames.ts";

/** Sends a frame to the client: on the stream of the request at hand, where there is such a thing. */
export type Say = (frame: Frame) => void;

/**
 * The server that the transport contract is tried against; each transport's tests put it behind their own wire.
 *
 * | method | what it does |
 * | --- | --- |
 * | `test/echo` | answers with its params |
 * | `test/chatty` | sends three `test/note` notifications, then answers |
 * | `test/hold` | answers once a `test/release` of the same `params.key` comes |
 * | `test/ask` | sends the request `ask-1` (`roots/list`); answers with the result it gets |
 * | `test/heard` | answers with the methods of all notifications heard |
 */
export class ScriptedServer {
  readonly #held = new Map<unknown, { request: RequestFrame; say: Say }>();
  readonly #heard: string[] = [];
  #asking: { request: RequestFrame; say: Say } | undefined;

  /** Takes a frame of the client. `say` stays usable until the request was answered. */
  receive(frame: Frame, say: Say): void {
    if (frame.kind === "notification") {
      this.#heard.push(frame.method);
    } else if (frame.kind === "response") {
      const asking = this.#asking;
      this.#asking = undefined;
      asking?.say(resultFrame(asking.request.id, { got: frame.outcome.result ?? null }));
    } else {
      this.#answer(frame, say);
    }
  }

  #answer(request: RequestFrame, say: Say): void {
    const { id, method, params } = request;
    switch (method) {
      case "test/echo":
        return say(resultFrame(id, { echo: params ?? null }));
      case "test/chatty":
        for (const n of [1, 2, 3]) {
          say({ kind: "notification", method: "test/note", params: { n, by: id } });
        }
        return say(resultFrame(id, {}));
      case "test/hold":
        this.#held.set(params?.key, { request, say });
        return;
      case "test/release": {
        const held = this.#held.get(params?.key);
        this.#held.delete(params?.key);
        held?.say(resultFrame(held.request.id, { released: params?.key }));
        return say(resultFrame(id, { found: held !== undefined }));
      }
      case "test/ask":
        this.#asking = { request, say };
        return say({ kind: "request", id: "ask-1", method: "roots/list", params: undefined });
      case "test/heard":
        return say(resultFrame(id, { heard: this.#heard }));
      default:
        return say(errorFrame(id, { code: RpcCode.methodNotFound, message: "Method not found" }));
    }
  }
}
