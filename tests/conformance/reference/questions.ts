import {
  acceptedContent,
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  fromJsonSchema,
  type InputRequests,
  inputRequired,
  type InputRequiredResult,
  inputResponse,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { text } from "./samples.ts";
import { DEFAULTS_FORM, ENUMS_FORM, type Form } from "./forms.ts";

const nothing = fromJsonSchema({ type: "object", properties: {} });
const nameShape = z.object({ name: z.string() });
const okShape = z.object({ ok: z.boolean() });
const colorShape = z.object({ color: z.string() });

type Answer = CallToolResult | InputRequiredResult;

/** What an unfinished call has learned so far. */
export interface CallState {
  /** The tool that was called. */
  readonly tool: string;
  /** The name the user gave. */
  readonly name?: string;
}

/** Seals the state of an unfinished call; the server options hold the matching check. */
export type SealState = (state: CallState) => Promise<string>;

/**
 * Registers the tools that ask the client. Each is written once: in 2026 the question goes out as an
 * `input_required` result, in 2025 the SDK turns it into a real request from the server.
 */
export function registerQuestions(server: McpServer, seal: SealState): void {
  registerTwoEraQuestions(server);
  registerSingleQuestions(server);
  registerStatefulQuestions(server, seal);
  registerCapabilityQuestions(server);
}

function registerTwoEraQuestions(server: McpServer): void {
  server.registerTool(
    "test_sampling",
    {
      description: "Has the client's model answer a prompt",
      inputSchema: z.object({ prompt: z.string().describe("The prompt for the model") }),
    },
    ({ prompt }, ctx): Answer => {
      const reply = sampled(ctx, "llm");
      return reply === undefined
        ? ask({ llm: sample(prompt, 100) })
        : { content: [text(`LLM response: ${reply}`)] };
    },
  );
  server.registerTool(
    "test_elicitation",
    {
      description: "Asks the user for a name and an address",
      inputSchema: z.object({ message: z.string().describe("The message for the user") }),
    },
    ({ message }, ctx) =>
      askForm(ctx, "User response", {
        message,
        requestedSchema: {
          type: "object",
          properties: {
            username: { type: "string", description: "User's response" },
            email: { type: "string", description: "User's email address" },
          },
          required: ["username", "email"],
        },
      }),
  );
  server.registerTool(
    "test_elicitation_sep1034_defaults",
    { description: "Asks with a default for every primitive type", inputSchema: nothing },
    (_input, ctx) => askForm(ctx, "Elicitation completed", DEFAULTS_FORM),
  );
  server.registerTool(
    "test_elicitation_sep1330_enums",
    { description: "Asks with all five kinds of choice", inputSchema: nothing },
    (_input, ctx) => askForm(ctx, "Elicitation completed", ENUMS_FORM),
  );
}

function registerSingleQuestions(server: McpServer): void {
  server.registerTool(
    "test_input_required_result_elicitation",
    { description: "Asks for a name", inputSchema: nothing },
    (_input, ctx): Answer => {
      const answer = acceptedContent(ctx.mcpReq.inputResponses, "user_name", nameShape);
      return answer === undefined
        ? ask({ user_name: elicit("What is your name?", nameShape) })
        : { content: [text(`Hello, ${answer.name}!`)] };
    },
  );
  server.registerTool(
    "test_streaming_elicitation",
    { description: "Asks for a confirmation on its answer stream", inputSchema: nothing },
    (_input, ctx): Answer => {
      const answer = acceptedContent(ctx.mcpReq.inputResponses, "confirm", okShape);
      return answer === undefined
        ? ask({ confirm: elicit("Please confirm", okShape) })
        : { content: [text(`Confirmed: ${answer.ok}`)] };
    },
  );
  server.registerTool(
    "test_input_required_result_sampling",
    { description: "Asks the client's model", inputSchema: nothing },
    (_input, ctx): Answer => {
      const reply = sampled(ctx, "capital_question");
      return reply === undefined
        ? ask({ capital_question: sample("What is the capital of France?", 100) })
        : { content: [text(reply)] };
    },
  );
  server.registerTool(
    "test_input_required_result_list_roots",
    { description: "Asks for the client's roots", inputSchema: nothing },
    (_input, ctx): Answer => {
      const view = inputResponse(ctx.mcpReq.inputResponses, "client_roots");
      return view.kind === "roots"
        ? { content: [text(`Roots: ${view.roots.map((root) => root.uri).join(", ")}`)] }
        : ask({ client_roots: inputRequired.listRoots() });
    },
  );
}

function registerStatefulQuestions(server: McpServer, seal: SealState): void {
  for (const suffix of ["request_state", "tampered_state"]) {
    const tool = `test_input_required_result_${suffix}`;
    server.registerTool(
      tool,
      { description: "Asks for a confirmation and keeps sealed state", inputSchema: nothing },
      async (_input, ctx): Promise<Answer> => {
        const answer = acceptedContent(ctx.mcpReq.inputResponses, "confirm", okShape);
        if (answer !== undefined && stateOf(ctx)?.tool === tool) {
          return { content: [text("state-ok")] };
        }
        return ask({ confirm: elicit("Please confirm", okShape) }, await seal({ tool }));
      },
    );
  }
  server.registerTool(
    "test_input_required_result_multiple_inputs",
    { description: "Asks the user, the model and the roots at once", inputSchema: nothing },
    async (_input, ctx): Promise<Answer> => {
      const answers = ctx.mcpReq.inputResponses;
      const answer = acceptedContent(answers, "user_name", nameShape);
      const greeting = sampled(ctx, "greeting");
      const view = inputResponse(answers, "client_roots");
      if (answer !== undefined && greeting !== undefined && view.kind === "roots") {
        return { content: [text(`${greeting} ${answer.name}, ${view.roots.length} roots`)] };
      }
      return ask({
        user_name: elicit("What is your name?", nameShape),
        greeting: sample("Generate a greeting", 50),
        client_roots: inputRequired.listRoots(),
      }, await seal({ tool: "multiple_inputs" }));
    },
  );
  server.registerTool(
    "test_input_required_result_multi_round",
    { description: "Asks for a name, then for a colour", inputSchema: nothing },
    async (_input, ctx): Promise<Answer> => {
      const answers = ctx.mcpReq.inputResponses;
      const known = stateOf(ctx)?.name;
      const color = acceptedContent(answers, "step2", colorShape)?.color;
      if (known !== undefined && color !== undefined) {
        return { content: [text(`${known} likes ${color}`)] };
      }
      const name = known ?? acceptedContent(answers, "step1", nameShape)?.name;
      return name === undefined
        ? ask(
          { step1: elicit("Step 1: What is your name?", nameShape) },
          await seal({ tool: "multi_round" }),
        )
        : ask(
          { step2: elicit("Step 2: What is your favorite color?", colorShape) },
          await seal({ tool: "multi_round", name }),
        );
    },
  );
}

function registerCapabilityQuestions(server: McpServer): void {
  server.registerTool(
    "test_input_required_result_capabilities",
    { description: "Asks only what the client says it can answer", inputSchema: nothing },
    (_input, ctx): Answer => {
      const answers = ctx.mcpReq.inputResponses;
      if (answers !== undefined && Object.keys(answers).length > 0) {
        return { content: [text(`Answered: ${Object.keys(answers).sort().join(", ")}`)] };
      }
      const able = capabilitiesOf(ctx) ?? server.server.getClientCapabilities() ?? {};
      const questions: InputRequests = {};
      if (able.elicitation) questions["user_name"] = elicit("What is your name?", nameShape);
      if (able.sampling) questions["greeting"] = sample("Generate a greeting", 50);
      if (able.roots) questions["client_roots"] = inputRequired.listRoots();
      if (Object.keys(questions).length === 0) return { content: [text("Nothing to ask")] };
      return ask(questions);
    },
  );
  server.registerTool(
    "test_missing_capability",
    { description: "Needs a client that offers sampling", inputSchema: nothing },
    // The SDK refuses the question with -32021 when the client did not declare sampling.
    (_input, ctx): Answer => {
      const reply = sampled(ctx, "needed");
      return reply === undefined
        ? ask({ needed: sample("Say something", 20) })
        : { content: [text(reply)] };
    },
  );
}

/** What a 2026 client declared with this very request; a connection may carry several clients. */
function capabilitiesOf({ mcpReq }: ServerContext): ClientCapabilities | undefined {
  const envelope: Record<string, unknown> = { ...mcpReq.envelope };
  // The SDK has checked it.
  return envelope[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
}

function ask(inputRequests: InputRequests, requestState?: string): InputRequiredResult {
  return inputRequired(
    requestState === undefined ? { inputRequests } : { inputRequests, requestState },
  );
}

function askForm(ctx: ServerContext, label: string, form: Form): Answer {
  const view = inputResponse(ctx.mcpReq.inputResponses, "form");
  if (view.kind !== "elicit") return ask({ form: inputRequired.elicit({ mode: "form", ...form }) });
  const content = JSON.stringify(view.content ?? {});
  return { content: [text(`${label}: action=${view.action}, content=${content}`)] };
}

function elicit(message: string, requestedSchema: z.ZodObject): InputRequests[string] {
  return inputRequired.elicit({ message, requestedSchema });
}

function sample(prompt: string, maxTokens: number): InputRequests[string] {
  return inputRequired.createMessage({
    messages: [{ role: "user", content: text(prompt) }],
    maxTokens,
  });
}

function sampled(ctx: ServerContext, key: string): string | undefined {
  const view = inputResponse(ctx.mcpReq.inputResponses, key);
  if (view.kind !== "sampling") return undefined;
  const block = [view.result.content].flat()[0];
  return block?.type === "text" ? block.text : JSON.stringify(block);
}

function stateOf(ctx: ServerContext): Partial<CallState> | undefined {
  return ctx.mcpReq.requestState<CallState>();
}
