import { z } from "zod";
import {
  isolatedShape,
  isolationShape,
  protocolShape,
  questionsShape,
  restartsShape,
  timeoutOverridesShape,
  timeoutsShape,
} from "../backends/options.ts";
import { transportShape } from "../backends/transports/mod.ts";
import { edgeShape } from "../edge/options.ts";
import { SEVERITIES } from "../observe/log.ts";
import { listsShape, namingShape, toolFilterShape } from "../routing/options.ts";

/** One entry of `servers:`. */
export const serverShape = z.strictObject({
  id: z.string().max(48).regex(
    /^[a-z0-9][a-z0-9-]*$/,
    'lower-case letters, digits and "-", not starting with "-"',
  )
    .describe("Short name, the prefix of its tools"),
  name: z.string().min(1).optional().describe("Name shown to people; the id where absent"),
  enabled: z.boolean().default(true).describe("Whether it is started"),
  protocol: protocolShape,
  transport: transportShape,
  tools: toolFilterShape.prefault({}),
  timeouts: timeoutOverridesShape.default({}),
  isolation: isolationShape,
  isolated: isolatedShape.prefault({}),
  trust_public_cache: z.boolean().default(false)
    .describe("Believe the server when it says that an answer may be shared between users"),
});
export type ServerConfig = z.output<typeof serverShape>;

/** The whole configuration file. Every key is declared here or in the room that uses it; an unknown one is an error. */
export const configShape = z.strictObject({
  server: edgeShape.prefault({}),
  naming: namingShape.prefault({}),
  lists: listsShape.prefault({}),
  timeouts: timeoutsShape.prefault({}),
  restarts: restartsShape.prefault({}),
  questions: questionsShape.prefault({}),
  observability: z.strictObject({
    log: z.strictObject({
      level: z.enum(SEVERITIES).default("info").describe("Lines below this are not written"),
      format: z.enum(["text", "json"]).default("text").describe(
        "text for people, json for machines",
      ),
    }).prefault({}),
  }).prefault({}),
  servers: z.array(serverShape).default([]),
});
export type Config = z.output<typeof configShape>;
