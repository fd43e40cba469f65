import { JsonTextError, parseJson } from "../mcp/json.ts";
import { readBody } from "./body.ts";
import { refuse } from "./refuse.ts";

/** The JSON value in a request's body, or the refusal of one that is too large, broken off, or no JSON. */
export async function readMessage(
  request: Request,
  maxBytes: number,
): Promise<{ readonly value: unknown } | Response> {
  const body = await readBody(request, maxBytes);
  switch (body.kind) {
    case "too_large":
      return refuse({
        status: 413,
        reason: "payload_too_large",
        message: `Body is larger than ${maxBytes} bytes (server.max_request_size_bytes)`,
      });
    case "broken":
      return refuse({ status: 400, reason: "parse_error", message: "Body did not arrive whole" });
    case "text":
      return parse(body.text);
  }
}

function parse(text: string): { readonly value: unknown } | Response {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    return refuse({ status: 400, reason: "parse_error", message: error.message });
  }
}
