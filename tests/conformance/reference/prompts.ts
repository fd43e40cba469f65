import {
  acceptedContent,
  completable,
  inputRequired,
  type McpServer,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { PNG, text } from "./samples.ts";

const WORDS = ["paris", "park", "party", "testValue1", "testValue2"];
const suggest = (value: string) => WORDS.filter((word) => word.startsWith(value));

/** Registers the prompts, one of which asks back. */
export function registerPrompts(server: McpServer): void {
  server.registerPrompt(
    "test_simple_prompt",
    { description: "One message, no arguments" },
    () => ({ messages: [user(text("This is a simple prompt for testing."))] }),
  );
  server.registerPrompt(
    "test_prompt_with_arguments",
    {
      description: "One message made from two arguments",
      argsSchema: z.object({
        arg1: completable(z.string().describe("First test argument"), suggest),
        arg2: completable(z.string().describe("Second test argument"), suggest),
      }),
    },
    ({ arg1, arg2 }) => ({
      messages: [user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
    }),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    {
      description: "A resource and an instruction",
      argsSchema: z.object({ resourceUri: z.string().describe("URI of the resource to embed") }),
    },
    ({ resourceUri }) => ({
      messages: [
        user({
          type: "resource" as const,
          resource: {
            uri: resourceUri,
            mimeType: "text/plain",
            text: "Embedded resource content for testing.",
          },
        }),
        user(text("Please process the embedded resource above.")),
      ],
    }),
  );
  server.registerPrompt(
    "test_prompt_with_image",
    { description: "A picture and an instruction" },
    () => ({
      messages: [
        user({ type: "image" as const, data: PNG, mimeType: "image/png" }),
        user(text("Please analyze the image above.")),
      ],
    }),
  );
  registerAskingPrompt(server);
}

function registerAskingPrompt(server: McpServer): void {
  const shape = z.object({ context: z.string() });
  server.registerPrompt(
    "test_input_required_result_prompt",
    { description: "Asks for a context before it answers" },
    ({ mcpReq }) => {
      const answer = acceptedContent(mcpReq.inputResponses, "user_context", shape);
      if (answer !== undefined) {
        return { messages: [user(text(`Use this context: ${answer.context}`))] };
      }
      return inputRequired({
        inputRequests: {
          user_context: inputRequired.elicit({
            message: "What context should the prompt use?",
            requestedSchema: shape,
          }),
        },
      });
    },
  );
}

function user<Content>(content: Content): { role: "user"; content: Content } {
  return { role: "user", content };
}
