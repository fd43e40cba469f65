import { within } from "./within.ts";

export type Json = { readonly [key: string]: unknown };

/** One JSON-RPC message as a test looks at it. */
export interface Message {
  /** Exactly as it came. */
  readonly text: string;
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Json };
}

/** What came back for one request. */
export interface Answer extends Message {
  readonly status: number;
  readonly headers: Headers;
  /** What came before the response. */
  readonly before: readonly Message[];
}

/** Reads the whole answer to one request, JSON or events. */
export async function readAnswer(response: Response): Promise<Answer> {
  const text = await within("the answer comes whole", response.text());
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  const messages = isStream ? messagesOf(text) : text === "" ? [] : [messageOf(text)];
  const { status, headers } = response;
  const last = messages.at(-1) ?? { text };
  return { ...last, status, headers, before: messages.slice(0, -1) };
}

/** The messages in a finished event stream. */
export function messagesOf(stream: string): readonly Message[] {
  return [...stream.matchAll(/^data: (.+)$/gm)].map(([, data]) => messageOf(data!));
}

export function messageOf(text: string): Message {
  // Tests look at messages they know the shape of.
  return { ...JSON.parse(text) as Omit<Message, "text">, text };
}

/** The text of a tool's result. */
export function textOf({ result, text }: Message): string {
  const content = result?.content;
  const first: unknown = Array.isArray(content) ? content[0] : undefined;
  if (typeof first === "object" && first !== null && "text" in first) return String(first.text);
  throw new Error(`No text in ${text.slice(0, 1000)}`);
}

/** The values of one field of the items of a list. */
export function listed({ result, text }: Message, list: string, field: string): readonly string[] {
  const items = result?.[list];
  if (!Array.isArray(items)) throw new Error(`No ${list} in ${text.slice(0, 1000)}`);
  return items.map((item: Json) => String(item[field]));
}

/** The `data.reason` of an error. */
export function reasonOf({ error, text }: Message): unknown {
  if (error === undefined) throw new Error(`No error in ${text.slice(0, 1000)}`);
  return error.data?.reason;
}
