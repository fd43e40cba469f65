import type { JsonObject, ResponseFrame, RpcError } from "../mcp/frames.ts";
import { RpcCode } from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import type { Reply } from "../mcp/message.ts";
import { GatewayError } from "../pipeline/errors.ts";

/** The answers to one round of questions. */
export interface Answers {
  readonly inputResponses: JsonObject;
  /** What the client said instead of an answer, by question. */
  readonly inputErrors: Readonly<Record<string, RpcError>>;
}

export interface InputBridge {
  /** Makes the call, with the answers so far. */
  readonly call: (params: JsonObject, inputErrors?: Answers["inputErrors"]) => Promise<Reply>;
  /** Puts one question to the client; rejects when the call is cancelled meanwhile. */
  readonly ask: (method: string, params: JsonObject) => Promise<ResponseFrame["outcome"]>;
}

/** A server that asks more often than this in one call is not asking any more. */
const MAX_ROUNDS = 64;

type FinalReply = Exclude<Reply, { kind: "input_required" }>;

/**
 * Makes a call for a client of 2025, which is asked by requests of their own: puts the questions of each interim reply
 * to it, and calls again with the answers, until there is a final reply.
 */
export async function bridgeInput(
  params: JsonObject,
  { call, ask }: InputBridge,
): Promise<FinalReply> {
  let reply = await call(params);
  for (let round = 0; reply.kind === "input_required"; round++) {
    if (round === MAX_ROUNDS) {
      throw new GatewayError("backend_invalid", `Server asks more than ${MAX_ROUNDS} times`);
    }
    const { inputRequests, requestState } = reply.result;
    const state = requestState === undefined ? {} : { requestState };
    const { inputResponses, inputErrors } = await askAll(inputRequests, ask);
    reply = await call({ ...params, inputResponses, ...state }, inputErrors);
  }
  return reply;
}

async function askAll(requests: unknown, ask: InputBridge["ask"]): Promise<Answers> {
  const inputResponses: Record<string, unknown> = {};
  const inputErrors: Record<string, RpcError> = {};
  await Promise.all(
    Object.entries(isJsonObject(requests) ? requests : {}).map(async ([key, request]) => {
      const { method, params } = isJsonObject(request) ? request : {};
      const outcome = typeof method === "string"
        ? await ask(method, isJsonObject(params) ? params : {})
        : { error: { code: RpcCode.invalidRequest, message: "Question has no method" } };
      if (outcome.error === undefined) inputResponses[key] = outcome.result;
      else if (method === "elicitation/create") inputResponses[key] = { action: "cancel" };
      if (outcome.error !== undefined) inputErrors[key] = outcome.error;
    }),
  );
  return { inputResponses, inputErrors };
}
