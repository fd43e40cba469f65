import { assertEquals, assertRejects } from "@std/assert";
import type { McpEvent } from "../../src/mcp/message.ts";
import { Connection, type Exchange } from "../../src/backends/connection.ts";
import type { Transport } from "../../src/backends/transports/transport.ts";
import { GatewayError, type Reason } from "../../src/pipeline/errors.ts";
import { keepingLog } from "../observe/log_lines.ts";
import { FakeTransport } from "./fake_transport.ts";

/** A connection and what it told. */
export interface Subject {
  readonly transport: FakeTransport;
  readonly connection: Connection;
  /** What belonged to no request. */
  readonly events: McpEvent[];
  readonly closures: string[];
  readonly stderr: string[];
}

/** A connection that agreed on a revision, with the test at its other end. */
export async function connected(
  era: "2025" | "2026" = "2025",
  kind: Transport["kind"] = "stdio",
): Promise<Subject> {
  const transport = new FakeTransport(kind);
  const events: McpEvent[] = [];
  const closures: string[] = [];
  const stderr: string[] = [];
  const connection = new Connection("files", transport, {
    onEvent: (event) => events.push(event),
    onClosed: (problem) => closures.push(problem),
    onStderr: (line) => stderr.push(line),
  }, keepingLog());
  await connection.open(new AbortController().signal);
  connection.agreed({ era, version: era === "2026" ? "2026-07-28" : "2025-11-25" });
  return { transport, connection, events, closures, stderr };
}

/** A patient call of a tool, unless said otherwise. */
export function exchange(parts: Partial<Exchange> = {}): Exchange {
  return {
    method: "tools/call",
    params: { name: "t" },
    silenceMs: 60_000,
    maxMs: 60_000,
    ...parts,
  };
}

/** A call, and what is emitted on its way. */
export function collecting(
  parts: Partial<Exchange> = {},
): { exchange: Exchange; emitted: McpEvent[] } {
  const emitted: McpEvent[] = [];
  return { exchange: exchange({ emit: (event) => emitted.push(event), ...parts }), emitted };
}

/** The error of ours that a promise is to end with. */
export async function assertReason(
  promise: Promise<unknown>,
  reason: Reason,
): Promise<GatewayError> {
  const error = await assertRejects(() => promise, GatewayError);
  assertEquals(error.reason, reason, error.message);
  return error;
}
