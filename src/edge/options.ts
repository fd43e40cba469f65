import { z } from "zod";

/** `server:` where and how clients are let in. */
export const edgeShape = z.strictObject({
  host: z.string().min(1).default("127.0.0.1")
    .describe("Address to listen on"),
  port: z.int().min(0).max(65535).default(8080)
    .describe("TCP port; 0 asks the system for a free one"),
  allowed_hosts: z.array(z.string().min(1)).default([])
    .describe("Host header names accepted besides localhost, 127.0.0.1 and [::1]"),
  allowed_origins: z.array(z.string().min(1)).default([])
    .describe("Origins of web pages accepted besides those on localhost, 127.0.0.1 and [::1]"),
  max_request_size_bytes: z.int().min(1024).max(1_073_741_824).default(10_485_760)
    .describe("Largest request body; more is answered with 413"),
  keep_alive_seconds: z.number().min(1).max(3600).default(15)
    .describe("How often an open stream that has nothing to say sends a comment"),
  drain_seconds: z.number().min(0).max(3600).default(10)
    .describe("How long a stopping gateway waits for calls in flight"),
  sessions: z.strictObject({
    max: z.int().min(1).max(1_000_000).default(10_000)
      .describe("Most sessions of 2025 clients at once; the longest idle one makes room"),
    idle_seconds: z.number().min(1).max(2_592_000).default(3600)
      .describe("A session without a request or an open stream for this long ends"),
  }).prefault({}),
});
export type EdgeOptions = z.output<typeof edgeShape>;
