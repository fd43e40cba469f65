import type { JsonObject } from "../mcp/frames.ts";

/** What routing needs to know of one server; calls go through the routed pipeline, never through this. */
export interface Upstream {
  readonly id: string;
  /** What it offered when last connected; undefined until then. */
  readonly capabilities: JsonObject | undefined;
  readonly instructions: string | undefined;
  readonly isUp: boolean;
  /** Resolves when its first start has succeeded or failed. */
  readonly settled: Promise<void>;
  /** Resolves when it has agreed to announce updates of a resource. */
  watch(uri: string): Promise<void>;
  unwatch(uri: string): void;
}
