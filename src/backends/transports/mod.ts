import { z } from "zod";
import { sse, sseShape } from "./sse.ts";
import { stdio, type StdioDeps, stdioShape } from "./stdio.ts";
import { streamableHttp, streamableHttpShape } from "./streamable_http.ts";
import type { Transport } from "./transport.ts";

/** `servers[].transport:` one of the ways to reach a server. */
export const transportShape = z.discriminatedUnion("type", [
  stdioShape,
  streamableHttpShape,
  sseShape,
]);
export type TransportOptions = z.output<typeof transportShape>;

/** A new transport of the configured kind, not yet opened. */
export function createTransport(options: TransportOptions, deps: StdioDeps): Transport {
  switch (options.type) {
    case "stdio":
      return stdio(options, deps);
    case "streamable_http":
      return streamableHttp(options);
    case "sse":
      return sse(options);
  }
}
