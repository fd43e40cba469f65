import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpV2,
} from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioV2 } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport as SseV1 } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport as StdioV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { fromFileUrl } from "@std/path";
import { GATEWAY_PERMISSIONS } from "../../scripts/permissions.ts";

export interface CallOptions {
  readonly onprogress?: (progress: { readonly progress: number }) => void;
  readonly signal?: AbortSignal;
}

interface Item {
  readonly name: string;
  readonly uri?: string;
  readonly uriTemplate?: string;
}

/** What tests do with an official client, whichever generation of the SDK it comes from. */
export interface OfficialClient extends AsyncDisposable {
  /** The revision agreed on with the gateway. */
  readonly version: string | undefined;
  readonly capabilities: object | undefined;
  tools(): Promise<readonly Item[]>;
  prompts(): Promise<readonly Item[]>;
  resources(): Promise<readonly Item[]>;
  templates(): Promise<readonly Item[]>;
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<CallResult>;
  read(uri: string): Promise<string>;
  prompt(name: string, args?: Record<string, string>): Promise<string>;
  complete(prompt: string, argument: string, value: string): Promise<readonly string[]>;
  setLevel(): Promise<void>;
}

export interface CallResult {
  readonly isError: boolean;
  readonly text: string;
  readonly structured: unknown;
}

/** How to reach a gateway with one generation of the SDK over one transport. */
export interface Edge {
  readonly name: string;
  readonly version: string;
  /** Whether the SDK leaves a timer behind when it ends a process, for two seconds. */
  readonly leavesTimer?: true;
  connect(where: { readonly url: string; readonly config: string }): Promise<OfficialClient>;
}

const INFO = { name: "e2e", version: "1.0.0" };
const root = fromFileUrl(new URL("../../", import.meta.url));

function stdioOf(config: string) {
  return {
    command: Deno.execPath(),
    args: ["run", "--quiet", ...GATEWAY_PERMISSIONS, `${root}main.ts`, "stdio", "--config", config],
    env: Deno.env.toObject(),
    stderr: "ignore" as const,
  };
}

/** Every edge of the gateway, each with the official client for it; those that leave timers behind last. */
export const EDGES: readonly Edge[] = [
  {
    name: "SDK v1 over Streamable HTTP",
    version: "2025-11-25",
    async connect({ url }) {
      const client = new ClientV1(INFO);
      const transport = new HttpV1(new URL(url));
      await client.connect(transport);
      return fromV1(client, async () => {
        await transport.terminateSession();
        await client.close();
      });
    },
  },
  {
    name: "SDK v1 over HTTP+SSE",
    version: "2025-11-25",
    async connect({ url }) {
      const client = new ClientV1(INFO);
      await client.connect(new SseV1(new URL("/sse", url)));
      return fromV1(client, () => client.close());
    },
  },
  {
    name: "SDK v2 over HTTP",
    version: "2026-07-28",
    async connect({ url }) {
      const client = modern();
      await client.connect(new HttpV2(new URL(url)));
      return fromV2(client);
    },
  },
  {
    name: "SDK v1 over stdio",
    leavesTimer: true,
    version: "2025-11-25",
    async connect({ config }) {
      const client = new ClientV1(INFO);
      await client.connect(new StdioV1(stdioOf(config)));
      return fromV1(client, () => client.close());
    },
  },
  {
    name: "SDK v2 over stdio",
    leavesTimer: true,
    version: "2026-07-28",
    async connect({ config }) {
      const client = modern();
      await client.connect(new StdioV2(stdioOf(config)));
      return fromV2(client);
    },
  },
];

function modern(): ClientV2 {
  return new ClientV2(INFO, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
}

function fromV1(client: ClientV1, close: () => Promise<void>): OfficialClient {
  return {
    version: client.transport !== undefined ? versionOf(client.transport) : undefined,
    capabilities: client.getServerCapabilities(),
    tools: async () => (await client.listTools()).tools,
    prompts: async () => (await client.listPrompts()).prompts,
    resources: async () => (await client.listResources()).resources,
    templates: async () => (await client.listResourceTemplates()).resourceTemplates,
    async call(name, args = {}, options = {}) {
      return resultOf(await client.callTool({ name, arguments: args }, undefined, options));
    },
    read: async (uri) => textOf((await client.readResource({ uri })).contents[0]),
    async prompt(name, args = {}) {
      return textOf((await client.getPrompt({ name, arguments: args })).messages[0]?.content);
    },
    async complete(name, argument, value) {
      const ref = { type: "ref/prompt" as const, name };
      const { completion } = await client.complete({ ref, argument: { name: argument, value } });
      return completion.values;
    },
    setLevel: async () => void await client.setLoggingLevel("debug"),
    [Symbol.asyncDispose]: close,
  };
}

function fromV2(client: ClientV2): OfficialClient {
  return {
    version: client.getNegotiatedProtocolVersion(),
    capabilities: client.getServerCapabilities(),
    tools: async () => (await client.listTools()).tools,
    prompts: async () => (await client.listPrompts()).prompts,
    resources: async () => (await client.listResources()).resources,
    templates: async () => (await client.listResourceTemplates()).resourceTemplates,
    async call(name, args = {}, options = {}) {
      return resultOf(await client.callTool({ name, arguments: args }, options));
    },
    read: async (uri) => textOf((await client.readResource({ uri })).contents[0]),
    async prompt(name, args = {}) {
      return textOf((await client.getPrompt({ name, arguments: args })).messages[0]?.content);
    },
    async complete(name, argument, value) {
      const ref = { type: "ref/prompt" as const, name };
      const { completion } = await client.complete({ ref, argument: { name: argument, value } });
      return completion.values;
    },
    // There is no such request in 2026: each one names its own level.
    setLevel: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

// The SDK's first generation keeps it in its HTTP transport only.
function versionOf(transport: object): string | undefined {
  return "protocolVersion" in transport ? String(transport.protocolVersion) : undefined;
}

function resultOf(result: object): CallResult {
  const { content, isError, structuredContent } = result as {
    readonly content?: readonly unknown[];
    readonly isError?: boolean;
    readonly structuredContent?: unknown;
  };
  return {
    isError: isError === true,
    text: (content ?? []).map(textOf).join("\n"),
    structured: structuredContent,
  };
}

function textOf(content: unknown): string {
  if (typeof content !== "object" || content === null) return "";
  return "text" in content ? String(content.text) : JSON.stringify(content);
}
