import { z } from "zod";

/** `transport: {type: streamable_http}` a server reached at a URL, either era. */
export const streamableHttpShape = z.strictObject({
  type: z.literal("streamable_http"),
  url: z.url({ protocol: /^https?$/ }).describe("The server's MCP endpoint"),
  headers: z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "a header name"), z.string())
    .default({})
    .describe("Headers sent with every request"),
});
export type StreamableHttpOptions = z.output<typeof streamableHttpShape>;
