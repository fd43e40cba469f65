import type { JsonObject } from "../../src/mcp/frames.ts";
import type { Reply } from "../../src/mcp/message.ts";
import type { Call } from "../../src/pipeline/call.ts";
import { errorReply, GatewayError } from "../../src/pipeline/errors.ts";
import type { Desk } from "../../src/edge/desk.ts";
import { type EdgeOptions, edgeShape } from "../../src/edge/options.ts";
import { keepingLog } from "../observe/log_lines.ts";

type Answer = Promise<Reply> | Reply | undefined;

/** The program behind the edge, played by the test; keeps the calls it gets. */
export class FakeDesk implements Desk {
  readonly calls: Call[] = [];
  readonly log = keepingLog();
  readonly answerMs = 1000;
  readonly options: EdgeOptions;
  readonly serverIds = new Set(["a", "b"]);
  readonly serverInfo = { name: "gateway", version: "1" };
  readonly schemas = new Map<string, unknown>();
  /** What is answered instead of the usual. */
  onCall: (call: Call) => Answer = () => undefined;
  #onArrival: (() => void) | undefined;

  constructor(options: JsonObject = {}) {
    this.options = edgeShape.parse(options);
  }

  readonly inputSchema = (tool: string, scope: string | undefined): Promise<unknown> =>
    Promise.resolve(this.schemas.get(scope === undefined ? tool : `${scope}/${tool}`));

  readonly handle = async (call: Call): Promise<Reply> => {
    this.calls.push(call);
    const special = this.onCall(call);
    this.#onArrival?.();
    return await special ?? await this.#usual(call);
  };

  /** The last call that came. */
  get last(): Call {
    return this.calls.at(-1)!;
  }

  /** Calls of a method that came. */
  of(method: string): readonly Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  /** Resolves with the next call that comes. */
  async arrival(): Promise<Call> {
    await new Promise<void>((resolve) => this.#onArrival = resolve);
    return this.last;
  }

  #usual(call: Call): Promise<Reply> | Reply {
    switch (call.method) {
      case "server/discover":
        return ok({ capabilities: { tools: { listChanged: true } }, instructions: "Be kind" });
      case "subscriptions/listen":
        call.emit({ kind: "acknowledged", filter: call.params.notifications as JsonObject });
        return untilLeft(call);
      default:
        return ok({ did: call.method });
    }
  }
}

export function ok(result: JsonObject): Reply {
  return { kind: "result", result };
}

/** Ends when the caller goes, as every call does in the end. */
export async function untilLeft({ signal }: Call): Promise<Reply> {
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
  return errorReply(new GatewayError("cancelled", "Call was cancelled"));
}
