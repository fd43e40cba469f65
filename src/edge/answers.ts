import { SAFE_HEADERS } from "./refuse.ts";

/** The answer to a message that wants none. */
export function accepted(): Response {
  return new Response(null, { status: 202, headers: SAFE_HEADERS });
}

/** An answer of JSON text. */
export function json(
  text: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(text, {
    status,
    headers: { ...SAFE_HEADERS, "content-type": "application/json", ...headers },
  });
}
