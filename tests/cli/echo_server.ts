/** A stdio MCP server with one tool, made to start at once: a program of its own, run by `process_test.ts`. */
async function serve(): Promise<void> {
  const decoder = new TextDecoder();
  let pending = "";
  for await (const chunk of Deno.stdin.readable) {
    pending += decoder.decode(chunk, { stream: true });
    const lines = pending.split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) await answer(JSON.parse(line));
  }
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: string; readonly arguments?: unknown };
}

async function answer({ id, method, params }: Message): Promise<void> {
  if (id === undefined) return;
  const result = resultFor(method, params);
  const outcome = result === undefined
    ? { error: { code: -32601, message: "Method not found" } }
    : { result };
  const text = `${JSON.stringify({ jsonrpc: "2.0", id, ...outcome })}\n`;
  await Deno.stdout.write(new TextEncoder().encode(text));
}

function resultFor(method: string | undefined, params: Message["params"]): unknown {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: "echo", version: "1" },
      };
    case "ping":
      return {};
    case "tools/list":
      return { tools: [{ name: "echo", inputSchema: { type: "object" } }] };
    case "tools/call":
      return {
        content: [{ type: "text", text: `${Deno.pid} ${JSON.stringify(params?.arguments)}` }],
      };
    default:
      return undefined;
  }
}

if (import.meta.main) await serve();
