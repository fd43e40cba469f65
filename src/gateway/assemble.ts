import { ASKABLE } from "../backends/askable.ts";
import { Backend } from "../backends/backend.ts";
import { IsolatedBackends } from "../backends/isolated.ts";
import { createTransport } from "../backends/transports/mod.ts";
import type { Config, ServerConfig } from "../config/schema.ts";
import project from "../../deno.json" with { type: "json" };
import { listKindOf } from "../mcp/methods.ts";
import type { Log } from "../observe/log.ts";
import type { Call, Handler, RoutedCall } from "../pipeline/call.ts";
import { compose } from "../pipeline/compose.ts";
import { GatewayError } from "../pipeline/errors.ts";
import { record } from "../pipeline/record.ts";
import { recover } from "../pipeline/recover.ts";
import { Catalog } from "../routing/catalog.ts";
import { router } from "../routing/router.ts";
import { Subscriptions } from "../routing/subscriptions.ts";
import type { Upstream } from "../routing/upstream.ts";
import type { Gateway, ServerView } from "./gateway.ts";
import { trackSettling } from "./settling.ts";
import { viewOf } from "./view.ts";

export interface AssembleDeps {
  readonly log: Log;
  readonly environment: Readonly<Record<string, string>>;
  /** Where servers run that name no directory of their own. */
  readonly baseDir: string;
  /** One line of a server's stderr. */
  readonly onStderr?: (server: string, line: string) => void;
  /** A server's state changed. */
  readonly onState?: (view: ServerView) => void;
}

/** Who the gateway says it is, to both sides. */
export const SELF = { name: "only1mcp", title: "Only1MCP", version: project.version } as const;

/** Builds the program for one configuration and starts its servers. This is the table of contents: the order of the stages. */
export function assemble(config: Config, deps: AssembleDeps): Gateway {
  const { log } = deps;
  const enabled = config.servers.filter((server) => server.enabled);
  const backends = new Map(enabled.map((server) => [server.id, makeBackend(server)]));
  const upstreams = [...backends.values()].map(asUpstream);

  const isolated = new Map(
    enabled.filter(({ isolation }) => isolation === "session").map((
      server,
    ) => [server.id, isolate(server)]),
  );

  const toBackend: Handler<RoutedCall> = async (call) => {
    const shared = backends.get(call.server);
    if (shared === undefined) throw new GatewayError("internal", "Internal error");
    // Lists are the same for all and are read once for all.
    const own = listKindOf(call.method) === undefined ? isolated.get(call.server) : undefined;
    return await (own ?? shared).handle(call);
  };
  const routed = compose<RoutedCall>([], toBackend);

  const catalog = new Catalog({
    upstreams,
    filters: new Map(enabled.map(({ id, tools }) => [id, tools])),
    naming: config.naming,
    lists: config.lists,
    read: routed,
    log,
    onChanged: (server, list) => subscriptions.listChanged(server, list),
  });
  const subscriptions = new Subscriptions(catalog, log);
  const handle = compose<Call>(
    [record(log), recover(log)],
    router({ catalog, subscriptions, next: routed }),
  );

  let closing: Promise<void> | undefined;
  const settling = trackSettling(enabled.map(({ id }) => id));
  for (const backend of backends.values()) {
    backend.start();
    backend.settled.then(() => settling.attempted(backend.id, backend.state === "up"));
  }

  function makeBackend(server: ServerConfig): Backend {
    return new Backend({
      ...commonOptions(server),
      clientInfo: SELF,
      capabilities: ASKABLE,
      onEvent: (event) => {
        if (event.kind === "list_changed") catalog.changed(server.id, event.list);
        else if (event.kind === "resource_updated") subscriptions.updated(server.id, event.params);
      },
      onGap: () => {
        catalog.gap(server.id).finally(() => {
          settling.listed(server.id);
          tellState(server);
        });
      },
      // A server that is up is told of once its lists have been read, so that its counts are right.
      onState: () => backends.get(server.id)?.state === "up" || tellState(server),
    });
  }

  /** Backends of a server that serve one client session each; the shared one reads lists and hears of changes. */
  function isolate(server: ServerConfig): IsolatedBackends {
    return new IsolatedBackends({
      ...server.isolated,
      server: server.id,
      create: ({ client, conversation, principal }) =>
        new Backend({
          ...commonOptions(server),
          clientInfo: client.info ?? SELF,
          // Without a session the next call may be of a client that can be asked more than this one.
          capabilities: conversation === principal.id ? ASKABLE : client.capabilities,
          onEvent() {},
          onGap() {},
          onState() {},
        }),
    });
  }

  function commonOptions(server: ServerConfig) {
    return {
      id: server.id,
      protocol: server.protocol,
      timeouts: { ...config.timeouts, ...definedOnly(server.timeouts) },
      restarts: config.restarts,
      questions: config.questions,
      connect: () => createTransport(server.transport, deps),
      log,
      onStderr: (line: string) => deps.onStderr?.(server.id, line),
    };
  }

  function tellState(server: ServerConfig): void {
    deps.onState?.(view(server));
  }

  function view(server: ServerConfig): ServerView {
    return viewOf(server, backends.get(server.id), catalog);
  }

  return {
    handle,
    settled: settling.done,
    views: () => config.servers.map(view),
    serverIds: new Set(backends.keys()),
    inputSchema: async (tool, scope) =>
      (await catalog.named("tools", tool, scope))?.item.inputSchema,
    answerMs: config.questions.answer_seconds * 1000,
    endSubscriptions: () => subscriptions.close(),
    close: () => closing ??= close(),
  };

  async function close(): Promise<void> {
    subscriptions.close();
    catalog.close();
    await Promise.all(
      [...backends.values(), ...isolated.values()].map((backend) => backend.close()),
    );
  }
}

function asUpstream(backend: Backend): Upstream {
  return {
    id: backend.id,
    get capabilities() {
      return backend.capabilities;
    },
    get instructions() {
      return backend.facts?.instructions;
    },
    get isUp() {
      return backend.state === "up";
    },
    settled: backend.settled,
    watch: (uri) => backend.watch(uri),
    unwatch: (uri) => backend.unwatch(uri),
  };
}

function definedOnly<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
