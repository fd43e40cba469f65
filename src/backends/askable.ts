import { type JsonObject, type RequestFrame, RpcCode, type RpcError } from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import { without } from "../mcp/meta.ts";

// What a 2025 server may ask of the client in the middle of a call (2025-11-25 client/elicitation, sampling, roots).

/** What we say every client can do; whether the one concerned can is looked at when it is asked. */
export const ASKABLE: JsonObject = {
  roots: {},
  sampling: { context: {}, tools: {} },
  elicitation: { form: {}, url: {} },
};

/** Why this client must not be asked that; undefined where it may. */
export function refusalOf(
  { method, params = {} }: RequestFrame,
  capabilities: JsonObject,
): RpcError | undefined {
  switch (method) {
    case "roots/list":
      return isJsonObject(capabilities.roots) ? undefined : unsupported(method);
    case "sampling/createMessage": {
      const { sampling } = capabilities;
      if (!isJsonObject(sampling)) return unsupported(method);
      const usesTools = params.tools !== undefined || params.toolChoice !== undefined;
      return usesTools && !isJsonObject(sampling.tools)
        ? invalid("sampling with tools")
        : undefined;
    }
    case "elicitation/create": {
      const { elicitation } = capabilities;
      if (!isJsonObject(elicitation)) return unsupported(method);
      if (params.mode === "url") {
        return isJsonObject(elicitation.url) ? undefined : invalid("elicitation by URL");
      }
      const hasForms = isJsonObject(elicitation.form) || !isJsonObject(elicitation.url);
      return hasForms ? undefined : invalid("elicitation by form");
    }
    default:
      return unsupported(method);
  }
}

/** A question without what only its server and this revision know: ids that its own messages go by. */
export function neutralQuestion({ method, params = {} }: RequestFrame): JsonObject {
  const kept = method === "elicitation/create" && params.mode === "url"
    ? without(params, ["elicitationId"])
    : params;
  return { method, params: without(kept, ["task"]) };
}

function unsupported(method: string): RpcError {
  return { code: RpcCode.methodNotFound, message: `Client does not support ${method}` };
}

function invalid(what: string): RpcError {
  return { code: RpcCode.invalidParams, message: `Client does not support ${what}` };
}
