import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpV2,
} from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport as SseV1 } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport as StdioV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  type CreateMessageRequest,
  CreateMessageRequestSchema,
  type ElicitRequest,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { fromFileUrl } from "@std/path";
import { GATEWAY_PERMISSIONS } from "../../scripts/permissions.ts";
import { Streams } from "./streams.ts";

/** What the user of a client says when asked. */
export interface User {
  /** Default: the client says that it can be asked. */
  readonly capabilities?: Record<string, never>;
  elicit(message: string): Elicited | Promise<Elicited>;
  sample(prompt: string): string;
}

export interface Elicited {
  readonly action: "accept" | "decline" | "cancel";
  readonly content?: { [name: string]: string };
}

/** An official client with a user. */
export interface AskedClient extends AsyncDisposable {
  call(name: string, args?: Record<string, unknown>, signal?: AbortSignal): Promise<Called>;
  prompt(name: string): Promise<string>;
}

export interface Called {
  readonly isError: boolean;
  readonly text: string;
}

/** A way for a client with a user to reach a gateway. */
export interface AskedEdge {
  readonly name: string;
  readonly era: "2025" | "2026";
  readonly leavesTimer?: true;
  connect(where: { readonly url: string; readonly config: string }, user: User): Promise<
    AskedClient
  >;
}

const INFO = { name: "e2e", version: "1.0.0" };
const ABLE = { elicitation: {}, sampling: {}, roots: {} };
const ROOTS = { roots: [{ uri: "file:///work" }] };
/** The end of a session ends its stream, whereupon the SDK plans to open it again and forgets the timer. */
const NEVER_AGAIN = {
  maxRetries: 0,
  initialReconnectionDelay: 1,
  maxReconnectionDelay: 1,
  reconnectionDelayGrowFactor: 1,
};
const root = fromFileUrl(new URL("../../", import.meta.url));

export const OVER_HTTP: AskedEdge = {
  name: "SDK v1 over Streamable HTTP",
  era: "2025",
  async connect({ url }, user) {
    const streams = new Streams();
    const transport = new HttpV1(new URL(url), {
      reconnectionOptions: NEVER_AGAIN,
      fetch: streams.fetch,
    });
    const client = await connectedV1(transport, user);
    return fromV1(client, async () => {
      await transport.terminateSession();
      await client.close();
      await streams.ended();
    });
  },
};

export const MODERN: AskedEdge = {
  name: "SDK v2 over HTTP",
  era: "2026",
  async connect({ url }, user) {
    const capabilities = user.capabilities ?? ABLE;
    const versionNegotiation = { mode: { pin: "2026-07-28" } } as const;
    const client = new ClientV2(INFO, { capabilities, versionNegotiation });
    if (user.capabilities === undefined) {
      client.setRequestHandler(
        "elicitation/create",
        async ({ params }) => ({ ...await user.elicit(params.message) }),
      );
      client.setRequestHandler("sampling/createMessage", ({ params }) => ({
        ...sampled(user, params.messages),
      }));
      client.setRequestHandler("roots/list", () => ROOTS);
    }
    await client.connect(new HttpV2(new URL(url)));
    return {
      async call(name, args = {}, signal) {
        const options = signal === undefined ? {} : { signal };
        return calledOf(await client.callTool({ name, arguments: args }, options));
      },
      prompt: async (name) => promptOf(await client.getPrompt({ name })),
      [Symbol.asyncDispose]: () => client.close(),
    };
  },
};

/** Every edge with the official client for it; the one that leaves timers behind last. */
export const ASKED_EDGES: readonly AskedEdge[] = [
  OVER_HTTP,
  MODERN,
  {
    name: "SDK v1 over HTTP+SSE",
    era: "2025",
    async connect({ url }, user) {
      const client = await connectedV1(new SseV1(new URL("/sse", url)), user);
      return fromV1(client, () => client.close());
    },
  },
  {
    name: "SDK v1 over stdio",
    era: "2025",
    leavesTimer: true,
    async connect({ config }, user) {
      const run = ["run", "--quiet", ...GATEWAY_PERMISSIONS, `${root}main.ts`];
      const transport = new StdioV1({
        command: Deno.execPath(),
        args: [...run, "stdio", "--config", config],
        env: Deno.env.toObject(),
        stderr: "ignore",
      });
      const client = await connectedV1(transport, user);
      return fromV1(client, () => client.close());
    },
  },
];

async function connectedV1(
  transport: HttpV1 | SseV1 | StdioV1,
  user: User,
): Promise<ClientV1> {
  const client = new ClientV1(INFO, { capabilities: user.capabilities ?? ABLE });
  if (user.capabilities === undefined) {
    client.setRequestHandler(
      ElicitRequestSchema,
      async ({ params }: ElicitRequest) => ({ ...await user.elicit(params.message) }),
    );
    client.setRequestHandler(CreateMessageRequestSchema, ({ params }: CreateMessageRequest) => ({
      ...sampled(user, params.messages),
    }));
    client.setRequestHandler(ListRootsRequestSchema, () => ROOTS);
  }
  await client.connect(transport);
  return client;
}

function fromV1(client: ClientV1, close: () => Promise<void>): AskedClient {
  return {
    async call(name, args = {}, signal) {
      const options = signal === undefined ? {} : { signal };
      return calledOf(await client.callTool({ name, arguments: args }, undefined, options));
    },
    prompt: async (name) => promptOf(await client.getPrompt({ name })),
    [Symbol.asyncDispose]: close,
  };
}

function sampled(user: User, messages: readonly { readonly content: unknown }[]) {
  const text = user.sample(textOf(messages[0]?.content));
  return { model: "test", role: "assistant" as const, content: { type: "text" as const, text } };
}

function calledOf(result: object): Called {
  const { content = [], isError } = result as {
    readonly content?: readonly unknown[];
    readonly isError?: boolean;
  };
  return { isError: isError === true, text: content.map(textOf).join("\n") };
}

function promptOf({ messages }: { readonly messages: readonly { readonly content: unknown }[] }) {
  return textOf(messages[0]?.content);
}

function textOf(content: unknown): string {
  const [first] = [content].flat();
  if (typeof first !== "object" || first === null) return "";
  return "text" in first ? String(first.text) : JSON.stringify(first);
}
