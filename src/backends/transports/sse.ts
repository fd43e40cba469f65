import { z } from "zod";
import { streamableHttpShape } from "./streamable_http.ts";

/** `transport: {type: sse}` a server that speaks the HTTP+SSE transport of 2024-11-05. */
export const sseShape = z.strictObject({
  type: z.literal("sse"),
  url: streamableHttpShape.shape.url.describe("The server's SSE endpoint"),
  headers: streamableHttpShape.shape.headers,
});
export type SseOptions = z.output<typeof sseShape>;
