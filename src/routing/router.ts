import { sumCapabilities } from "../mcp/capabilities.ts";
import type { JsonObject } from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import type { ListKind, Reply } from "../mcp/message.ts";
import { listKindOf, LISTS, METHOD_CAPABILITY } from "../mcp/methods.ts";
import type { Call, Handler, RoutedCall } from "../pipeline/call.ts";
import { GatewayError } from "../pipeline/errors.ts";
import type { Catalog } from "./catalog.ts";
import { pageOf } from "./pages.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** Instructions of all servers together are cut at this length: a model reads them at every start. */
const MAX_INSTRUCTIONS = 32_768;

export interface RouterOptions {
  readonly catalog: Catalog;
  readonly subscriptions: Subscriptions;
  /** The routed pipeline. */
  readonly next: Handler<RoutedCall>;
}

/** Where the two halves meet: a client's call in public names becomes calls of one backend, or of several. */
export function router({ catalog, subscriptions, next }: RouterOptions): Handler<Call> {
  return async function route(call) {
    const kind = listKindOf(call.method);
    if (kind !== undefined) return await list(call, kind);
    switch (call.method) {
      case "tools/call":
        return await named(call, "tools");
      case "prompts/get":
        return await named(call, "prompts");
      case "resources/read":
        return await read(call);
      case "completion/complete":
        return await complete(call);
      case "subscriptions/listen":
        return await subscriptions.listen(call);
      case "server/discover":
        return discover(call);
      default:
        throw new GatewayError(
          "method_not_found",
          `Method not found: ${call.method.slice(0, 128)}`,
        );
    }
  };

  async function named(call: Call, kind: "tools" | "prompts"): Promise<Reply> {
    const { name } = call.params;
    if (typeof name !== "string") {
      throw new GatewayError("invalid_params", '"name" is not a string');
    }
    const target = catalog.namedNow(kind, name, call.scope) ??
      await catalog.named(kind, name, call.scope);
    if (target === undefined) {
      offered(call);
      throw notFound(kind === "tools" ? "tool" : "prompt", name);
    }
    return await next(
      routed(
        call,
        target.server,
        { ...call.params, name: target.key },
        target.key,
        target.item.inputSchema,
      ),
    );
  }

  async function list(call: Call, kind: ListKind): Promise<Reply> {
    const { merged, freshness } = await catalog.list(kind, call.scope);
    offered(call);
    const { items, nextCursor } = pageOf(kind, merged, call.params.cursor);
    const page = { [LISTS[kind].key]: items, ...freshness };
    return { kind: "result", result: nextCursor === undefined ? page : { ...page, nextCursor } };
  }

  async function read(call: Call): Promise<Reply> {
    const { uri } = call.params;
    if (typeof uri !== "string") throw new GatewayError("invalid_params", '"uri" is not a string');
    const targets = await catalog.resource(uri, call.scope);
    let refusal: Reply | undefined;
    let absence: GatewayError | undefined;
    for (const { server, key } of targets) {
      let reply: Reply;
      try {
        reply = await next(routed(call, server, { ...call.params, uri: key }, key));
      } catch (error) {
        if (!(error instanceof GatewayError) || error.reason !== "backend_unavailable") throw error;
        absence ??= error;
        continue;
      }
      if (reply.kind === "result") return { ...reply, result: withUri(reply.result, key, uri) };
      // Only "not found" is a reason to ask the next server; anything else is this one's answer.
      if (reply.kind !== "error" || !isNotFound(reply.error.code)) return reply;
      refusal ??= reply;
    }
    // Whether a server that is not there has it, nobody knows.
    if (absence !== undefined) throw absence;
    if (refusal !== undefined) return refusal;
    offered(call);
    throw notFound("resource", uri);
  }

  async function complete(call: Call): Promise<Reply> {
    const { ref } = call.params;
    if (!isJsonObject(ref)) throw new GatewayError("invalid_params", '"ref" is not an object');
    offered(call);
    if (ref.type === "ref/prompt" && typeof ref.name === "string") {
      const target = await catalog.named("prompts", ref.name, call.scope);
      if (target === undefined) throw notFound("prompt", ref.name);
      return await next(
        routed(
          call,
          target.server,
          { ...call.params, ref: { ...ref, name: target.key } },
          target.key,
        ),
      );
    }
    if (ref.type === "ref/resource" && typeof ref.uri === "string") {
      const target = await catalog.template(ref.uri, call.scope) ??
        (await catalog.resource(ref.uri, call.scope))[0];
      if (target === undefined) throw notFound("resource", ref.uri);
      return await next(
        routed(
          call,
          target.server,
          { ...call.params, ref: { ...ref, uri: target.key } },
          target.key,
        ),
      );
    }
    throw new GatewayError(
      "invalid_params",
      '"ref" is neither a ref/prompt with a name nor a ref/resource with a uri',
    );
  }

  async function discover(call: Call): Promise<Reply> {
    // The tools are what nearly everyone asks for next; waiting for them here makes what is offered complete.
    await catalog.list("tools", call.scope);
    const upstreams = catalog.upstreams(call.scope);
    const texts = upstreams.flatMap(({ id, instructions }) =>
      instructions === undefined || instructions.trim() === ""
        ? []
        : [upstreams.length === 1 ? instructions : `# ${id}\n\n${instructions}`]
    );
    const instructions = texts.join("\n\n").slice(0, MAX_INSTRUCTIONS).toWellFormed();
    const capabilities = capabilitiesOf(call.scope);
    return {
      kind: "result",
      result: {
        capabilities,
        ...instructions === "" ? {} : { instructions },
        ttlMs: 0,
        cacheScope: "private",
      },
    };
  }

  function capabilitiesOf(scope: string | undefined): JsonObject {
    return sumCapabilities(catalog.upstreams(scope).map(({ capabilities }) => capabilities));
  }

  /** Refuses a method of a capability that nobody offers, which is then not announced either. */
  function offered(call: Call): void {
    const capability = METHOD_CAPABILITY.get(call.method);
    if (capability !== undefined && capabilitiesOf(call.scope)[capability] === undefined) {
      throw new GatewayError(
        "method_not_found",
        `Method not found: no server offers ${capability}`,
      );
    }
  }
}

function routed(
  call: Call,
  server: string,
  params: JsonObject,
  target: string,
  inputSchema?: unknown,
): RoutedCall {
  call.trace.server = server;
  call.trace.target = target;
  const {
    id,
    method,
    client,
    principal,
    conversation,
    inputErrors,
    wantsProgress,
    logs,
    signal,
    emit,
    trace,
  } = call;
  return {
    at: "backend side",
    server,
    params,
    inputSchema,
    id,
    method,
    client,
    principal,
    conversation,
    ...inputErrors === undefined ? {} : { inputErrors },
    wantsProgress,
    logs,
    signal,
    emit,
    trace,
  };
}

/** The answer for what does not exist; also for what a caller may not know of, byte for byte. */
function notFound(what: string, name: string): GatewayError {
  return new GatewayError("not_found", `Unknown ${what}: ${name.slice(0, 256)}`);
}

// 2025 revisions used a code of their own for a missing resource.
function isNotFound(code: number): boolean {
  return code === -32002 || code === -32602;
}

/** What was read under a server-qualified URI is named by it. */
function withUri(result: JsonObject, uri: string, publicUri: string): JsonObject {
  if (uri === publicUri || !Array.isArray(result.contents)) return result;
  return {
    ...result,
    contents: result.contents.map((part) =>
      isJsonObject(part) && part.uri === uri ? { ...part, uri: publicUri } : part
    ),
  };
}
