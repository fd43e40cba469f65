import { z } from "zod";

/** `timeouts:` for all servers; `servers[].timeouts` overrides single values. */
export const timeoutsShape = z.strictObject({
  connect_seconds: z.number().min(0.1).max(600).default(60)
    .describe("Starting a server and agreeing on a protocol"),
  call_seconds: z.number().min(0.1).max(86_400).default(60)
    .describe("A call without an answer or a sign of progress"),
  call_max_seconds: z.number().min(0.1).max(604_800).default(600)
    .describe("A call in all, whatever progress it reports"),
});
export type Timeouts = z.output<typeof timeoutsShape>;

export const timeoutOverridesShape = z.strictObject({
  connect_seconds: timeoutsShape.shape.connect_seconds.unwrap().optional(),
  call_seconds: timeoutsShape.shape.call_seconds.unwrap().optional(),
  call_max_seconds: timeoutsShape.shape.call_max_seconds.unwrap().optional(),
});

/** `restarts:` what happens when a server's process ends or its connection breaks. */
export const restartsShape = z.strictObject({
  min_delay_seconds: z.number().min(0.01).max(3600).default(0.5)
    .describe("Wait before the first new attempt; doubles with each failure, with jitter"),
  max_delay_seconds: z.number().min(0.01).max(86_400).default(60)
    .describe("Longest wait between two attempts"),
  crash_loop_after: z.int().min(1).max(1000).default(5)
    .describe(
      "Failures in a row after which a server counts as crash-looping; it is then tried at the longest wait only",
    ),
  stable_seconds: z.number().min(0.1).max(86_400).default(30)
    .describe("A server that stays up this long has its failures forgotten"),
});
export type Restarts = z.output<typeof restartsShape>;

/** `servers[].protocol:` the revision family spoken with a server. */
export const protocolShape = z.enum(["auto", "2025", "2026"]).default("auto")
  .describe("auto asks the server; 2025 and 2026 pin the family");
export type ProtocolChoice = z.output<typeof protocolShape>;
