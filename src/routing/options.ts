import { z } from "zod";

/** `naming:` how tools and prompts of several servers share one list. */
export const namingShape = z.strictObject({
  prefix: z.enum(["always", "conflict", "never"]).default("always")
    .describe("When public names are <server>__<name>; that form is accepted in every mode"),
});

/** `lists:` how the lists of the servers are read and kept. */
export const listsShape = z.strictObject({
  ttl_seconds: z.number().min(0).max(86_400).default(60)
    .describe("How long a list may be reused when its server does not say"),
  max_pages: z.int().min(1).max(10_000).default(200)
    .describe("Pages followed per list and server; what lies beyond is left out and reported"),
  max_items: z.int().min(1).max(1_000_000).default(20_000)
    .describe("Items kept per list and server; what lies beyond is left out and reported"),
  startup_wait_seconds: z.number().min(0).max(600).default(15)
    .describe("How long a list waits for servers that are still starting"),
});

/** `servers[].tools:` which tools of one server exist for clients; patterns on its own names, with `*` and `?`. */
export const toolFilterShape = z.strictObject({
  allow: z.array(z.string().min(1)).default(["*"]).describe("Only tools matching one of these"),
  deny: z.array(z.string().min(1)).default([]).describe(
    "Never tools matching one of these; wins over allow",
  ),
});

export type NamingOptions = z.output<typeof namingShape>;
export type ListOptions = z.output<typeof listsShape>;
export type ToolFilter = z.output<typeof toolFilterShape>;
