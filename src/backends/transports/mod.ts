import { z } from "zod";
import { sseShape } from "./sse.ts";
import { stdioShape } from "./stdio.ts";
import { streamableHttpShape } from "./streamable_http.ts";

/** `servers[].transport:` one of the ways to reach a server. */
export const transportShape = z.discriminatedUnion("type", [
  stdioShape,
  streamableHttpShape,
  sseShape,
]);
export type TransportOptions = z.output<typeof transportShape>;
