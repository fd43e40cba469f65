import type { JsonObject } from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import type { McpEvent, Reply } from "../mcp/message.ts";
import { errorReply, GatewayError } from "../pipeline/errors.ts";
import { CommandError, Exit, type ExitCode } from "./exit.ts";
import { PRODUCT_VERSION } from "./product_version.ts";
import { printableLine } from "./printable.ts";
import type { OneShot } from "./one_shot.ts";

export interface Question {
  readonly method: string;
  readonly params: JsonObject;
  readonly onEvent?: (event: McpEvent) => void;
}

/** Puts one request to a gateway, as the person at this command line. */
export async function ask(
  { gateway, signal }: Pick<OneShot, "gateway" | "signal">,
  { method, params, onEvent }: Question,
): Promise<Reply> {
  try {
    return await gateway.handle({
      at: "client side",
      id: crypto.randomUUID(),
      method,
      params,
      client: { info: { name: "only1mcp", version: PRODUCT_VERSION }, capabilities: {} },
      principal: { id: "cli" },
      conversation: "cli",
      wantsProgress: onEvent !== undefined,
      logs: "none",
      signal,
      emit: onEvent ?? (() => {}),
      trace: {},
      scope: undefined,
    });
  } catch (error) {
    if (error instanceof GatewayError) return errorReply(error);
    throw error;
  }
}

/**
 * The result of a reply.
 *
 * @throws {CommandError} with exit code 3, or 4 for a denial, when there is none
 */
export function resultOf(reply: Reply, what: string): JsonObject {
  switch (reply.kind) {
    case "result":
      return reply.result;
    case "input_required":
      throw new CommandError(
        Exit.backend,
        `Cannot finish ${what}: the server asks the user a question`,
        "Questions need a client with a person at it",
      );
    case "error":
      throw new CommandError(
        exitForReply(reply),
        `Cannot finish ${what}: ${printableLine(reply.error.message)} (code ${reply.error.code})`,
      );
  }
}

const DENIALS = ["unauthenticated", "insufficient_scope", "origin_denied", "host_denied"];

function exitForReply({ error, reason }: Reply & { readonly kind: "error" }): ExitCode {
  const data = isJsonObject(error.data) ? error.data.reason : undefined;
  return DENIALS.includes(String(reason ?? data)) ? Exit.denied : Exit.backend;
}

/** Every tool that the gateway shows, in its order, all pages of it. */
export async function allTools(
  shot: Pick<OneShot, "gateway" | "signal">,
): Promise<readonly JsonObject[]> {
  const tools: JsonObject[] = [];
  const seen = new Set<unknown>();
  let cursor: unknown;
  do {
    seen.add(cursor);
    const params = cursor === undefined ? {} : { cursor };
    const result = resultOf(await ask(shot, { method: "tools/list", params }), "listing the tools");
    if (Array.isArray(result.tools)) tools.push(...result.tools.filter(isJsonObject));
    cursor = result.nextCursor;
  } while (cursor !== undefined && !seen.has(cursor));
  return tools;
}
