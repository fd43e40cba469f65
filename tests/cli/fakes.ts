import { loadConfig } from "../../src/config/load.ts";
import { ReadError } from "../../src/config/read_text.ts";
import type { Config } from "../../src/config/schema.ts";
import { createOutput, type Output } from "../../src/cli/output.ts";
import type { Parts, StopSignal, World } from "../../src/cli/world.ts";
import type { AssembleDeps } from "../../src/gateway/assemble.ts";
import type { Gateway, ServerView } from "../../src/gateway/gateway.ts";
import type { HttpDoor } from "../../src/gateway/http.ts";
import type { Reply } from "../../src/mcp/message.ts";
import type { Call } from "../../src/pipeline/call.ts";
import { GatewayError } from "../../src/pipeline/errors.ts";

/** An output whose text a test can read. */
export function capture(options: { isTerminal?: boolean; colour?: boolean } = {}): {
  readonly output: Output;
  text(): string;
} {
  const decoder = new TextDecoder();
  let text = "";
  const sink = {
    write(bytes: Uint8Array) {
      text += decoder.decode(bytes);
      return Promise.resolve(bytes.length);
    },
  };
  const { isTerminal = false, colour = false } = options;
  return { output: createOutput(sink, { isTerminal, colour }), text: () => text };
}

export function view(facts: Partial<ServerView> & { readonly id: string }): ServerView {
  return {
    name: facts.id,
    transport: "stdio",
    state: "up",
    protocolVersion: "2025-11-25",
    pid: undefined,
    restarts: 0,
    counts: { tools: 0, prompts: 0, resources: 0, resourceTemplates: 0 },
    problem: undefined,
    stderrTail: [],
    hidden: [],
    ...facts,
  };
}

export interface FakeGateway extends Gateway {
  readonly calls: Call[];
  closed: number;
}

/** A gateway that answers from a table: `tools/list` with these tools, `tools/call` by name. */
export function fakeGateway(facts: {
  readonly views?: readonly ServerView[];
  readonly tools?: Readonly<Record<string, (call: Call) => Reply | Promise<Reply>>>;
  readonly settled?: Promise<void>;
} = {}): FakeGateway {
  const { views = [], tools = {}, settled = Promise.resolve() } = facts;
  const calls: Call[] = [];
  return {
    calls,
    closed: 0,
    settled,
    // As with real servers, what is being ended has no pid any more.
    views() {
      return this.closed === 0 ? views : views.map((view) => ({ ...view, pid: undefined }));
    },
    serverIds: new Set(views.map(({ id }) => id)),
    inputSchema: () => Promise.resolve(undefined),
    answerMs: 1000,
    endSubscriptions() {},
    handle(call) {
      calls.push(call);
      if (call.method === "tools/list") {
        const list = Object.keys(tools).map((name) => ({
          name,
          description: `Does ${name}\nat length`,
        }));
        return Promise.resolve({ kind: "result", result: { tools: list } });
      }
      const tool = tools[String(call.params.name)];
      if (tool === undefined) {
        return Promise.reject(new GatewayError("not_found", `Unknown tool: ${call.params.name}`));
      }
      return Promise.resolve(tool(call));
    },
    close() {
      this.closed++;
      return Promise.resolve();
    },
  };
}

/** A result with one text in it. */
export function textResult(text: string, more: Record<string, unknown> = {}): Reply {
  return { kind: "result", result: { content: [{ type: "text", text }], ...more } };
}

export interface FakeWorld extends World {
  stdout(): string;
  stderr(): string;
  /** Delivers a signal to whoever listens. */
  stop(signal: StopSignal): void;
  readonly listeners: Set<(signal: StopSignal) => void>;
  readonly killed: number[];
  readonly assembled: { config: Config; deps: AssembleDeps }[];
}

export interface FakeWorldOptions {
  readonly gateway?: Gateway;
  readonly door?: HttpDoor | Error;
  readonly serveStdio?: Parts["serveStdio"];
  /** Files by path; `only1mcp.yaml` is the one found by itself. */
  readonly files?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
}

const TWO_SERVERS = `
servers:
  - id: files
    transport: { type: stdio, command: files-server }
  - id: web
    transport: { type: streamable_http, url: "http://127.0.0.1:9/mcp" }
`;

/** A world in memory: the real configuration reader over a table of files, and whatever gateway the test brings. */
export function fakeWorld(options: FakeWorldOptions = {}): FakeWorld {
  const {
    gateway = fakeGateway(),
    door = fakeDoor(),
    files = { "only1mcp.yaml": TWO_SERVERS },
    environment = {},
    isTerminal = false,
  } = options;
  const out = capture({ isTerminal });
  const err = capture({ isTerminal });
  const listeners = new Set<(signal: StopSignal) => void>();
  const killed: number[] = [];
  const assembled: { config: Config; deps: AssembleDeps }[] = [];
  const readText = (path: string) => {
    const text = files[path];
    return text === undefined
      ? Promise.reject(new ReadError("no such file"))
      : Promise.resolve(text);
  };
  return {
    out: out.output,
    err: err.output,
    stdout: out.text,
    stderr: err.text,
    input: new Blob([options.input ?? ""]).stream(),
    environment,
    readText,
    listeners,
    killed,
    assembled,
    stop(signal) {
      for (const listener of [...listeners]) listener(signal);
    },
    onStop(handler) {
      listeners.add(handler);
      return () => listeners.delete(handler);
    },
    killGroup: (pid) => killed.push(pid),
    parts: {
      locateConfig: ({ path }) => {
        const file = path ?? "only1mcp.yaml";
        return Promise.resolve(
          path !== undefined || files[file] !== undefined
            ? { kind: "found", file }
            : { kind: "missing", tried: [file], message: `Cannot find a configuration: ${file}` },
        );
      },
      loadConfig: (load) => loadConfig({ ...load, readText }),
      assemble(config, deps) {
        assembled.push({ config, deps });
        return gateway;
      },
      openHttp() {
        if (door instanceof Error) throw door;
        return door;
      },
      serveStdio: options.serveStdio ?? (() => Promise.resolve()),
    },
  };
}

export function fakeDoor(facts: Partial<HttpDoor> = {}): HttpDoor {
  return {
    url: "http://127.0.0.1:4321/mcp",
    finished: new Promise(() => {}),
    close: () => Promise.resolve(),
    ...facts,
  };
}
