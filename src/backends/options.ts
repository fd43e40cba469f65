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

/** `questions:` what happens while a server waits for an answer of its caller's user. */
export const questionsShape = z.strictObject({
  answer_seconds: z.number().min(1).max(86_400).default(300)
    .describe("How long a question waits for its answer; then the call is cancelled"),
  max_waiting: z.int().min(1).max(100_000).default(32)
    .describe("Most calls per principal and server that wait for answers at once"),
});
export type QuestionOptions = z.output<typeof questionsShape>;

/** `servers[].isolation:` who shares a server's process or session. */
export const isolationShape = z.enum(["shared", "session"]).default("shared")
  .describe("session gives each client session its own process or upstream session");

/** `servers[].isolated:` bounds of the processes or sessions that `isolation: session` makes. */
export const isolatedShape = z.strictObject({
  max: z.int().min(1).max(10_000).default(50)
    .describe("Most of them at once; the longest idle one makes room"),
  idle_seconds: z.number().min(1).max(86_400).default(300)
    .describe("One that carried no call for this long ends"),
});
export type IsolatedOptions = z.output<typeof isolatedShape>;
