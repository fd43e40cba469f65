import { fromJsonSchema, type McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { pause, PNG, text, WAV } from "./samples.ts";
import { WATCHED_URI } from "./resources.ts";
import type { World } from "./world.ts";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";
const nothing = fromJsonSchema({ type: "object", properties: {} });

/** Registers the tools that answer without asking anybody anything. */
export function registerTools(server: McpServer, world: World): void {
  registerContentTools(server);
  registerNotifyingTools(server);
  registerSchemaTools(server);
  registerTriggers(server, world);
}

function registerContentTools(server: McpServer): void {
  server.registerTool(
    "test_simple_text",
    { description: "Answers with one line of text", inputSchema: nothing },
    () => ({ content: [text("This is a simple text response for testing.")] }),
  );
  server.registerTool(
    "test_image_content",
    { description: "Answers with a picture", inputSchema: nothing },
    () => ({ content: [{ type: "image", data: PNG, mimeType: "image/png" }] }),
  );
  server.registerTool(
    "test_audio_content",
    { description: "Answers with a sound", inputSchema: nothing },
    () => ({ content: [{ type: "audio", data: WAV, mimeType: "audio/wav" }] }),
  );
  server.registerTool(
    "test_embedded_resource",
    { description: "Answers with a resource inside the result", inputSchema: nothing },
    () => ({
      content: [{
        type: "resource",
        resource: {
          uri: "test://embedded-resource",
          mimeType: "text/plain",
          text: "This is an embedded resource content.",
        },
      }],
    }),
  );
  server.registerTool(
    "test_multiple_content_types",
    { description: "Answers with text, a picture and a resource", inputSchema: nothing },
    () => ({
      content: [
        text("Multiple content types test:"),
        { type: "image", data: PNG, mimeType: "image/png" },
        {
          type: "resource",
          resource: {
            uri: "test://mixed-content-resource",
            mimeType: "application/json",
            text: JSON.stringify({ test: "data", value: 123 }),
          },
        },
      ],
    }),
  );
  server.registerTool(
    "test_error_handling",
    { description: "Always fails", inputSchema: nothing },
    () => {
      throw new Error("This tool intentionally returns an error for testing");
    },
  );
}

function registerNotifyingTools(server: McpServer): void {
  server.registerTool(
    "test_tool_with_logging",
    { description: "Logs three times while it works", inputSchema: nothing },
    async (_input, { mcpReq }) => {
      const lines = [
        "Tool execution started",
        "Tool processing data",
        "Tool execution completed",
      ];
      for (const [index, line] of lines.entries()) {
        if (index > 0) await pause(50, mcpReq.signal);
        await mcpReq.log("info", line);
      }
      return { content: [text("Logged three messages")] };
    },
  );
  server.registerTool(
    "test_logging_tool",
    { description: "Logs once, if the request set a log level", inputSchema: nothing },
    async (_input, { mcpReq }) => {
      await mcpReq.log("info", "Only for requests that asked for logs");
      return { content: [text("Logged if asked to")] };
    },
  );
  server.registerTool(
    "test_tool_with_progress",
    { description: "Reports progress at 0, 50 and 100 of 100", inputSchema: nothing },
    async (_input, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progress > 0) await pause(50, mcpReq.signal);
        // The specification forbids progress for a request that gave no token.
        if (progressToken === undefined) continue;
        await mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken, progress, total: 100 },
        });
      }
      return { content: [text("Worked in three steps")] };
    },
  );
  server.registerTool(
    "test_reconnection",
    {
      description: "Closes its own answer stream; the answer is fetched by Last-Event-ID",
      inputSchema: nothing,
    },
    async (_input, { mcpReq, http }) => {
      http?.closeSSE?.();
      await pause(100, mcpReq.signal);
      return { content: [text("Answered after the stream was closed")] };
    },
  );
}

function registerSchemaTools(server: McpServer): void {
  server.registerTool(
    "json_schema_2020_12_tool",
    {
      description: "Has an input schema that uses much of JSON Schema 2020-12",
      inputSchema: fromJsonSchema<Record<string, unknown>>({
        $schema: DIALECT,
        type: "object",
        $defs: {
          address: {
            $anchor: "addressDef",
            type: "object",
            properties: { street: { type: "string" }, city: { type: "string" } },
          },
        },
        properties: {
          name: { type: "string" },
          address: { $ref: "#/$defs/address" },
          contactMethod: { type: "string", enum: ["phone", "email"] },
          phone: { type: "string" },
          email: { type: "string" },
        },
        allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
        if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
        then: { required: ["phone"] },
        else: { required: ["email"] },
        additionalProperties: false,
      }),
    },
    (input) => ({ content: [text(JSON.stringify(input))] }),
  );
  server.registerTool(
    "test_x_mcp_header",
    {
      description: "Has a parameter that HTTP clients repeat in the header Mcp-Param-Region",
      inputSchema: z.object({
        region: z.string().meta({ description: "Any text", "x-mcp-header": "Region" }).optional(),
      }),
    },
    ({ region }) => ({ content: [text(`Region: ${region ?? "none"}`)] }),
  );
}

function registerTriggers(server: McpServer, world: World): void {
  server.registerTool(
    "test_trigger_tool_change",
    { description: "Adds a tool, or takes it away again", inputSchema: nothing },
    () => {
      world.flipTool();
      return { content: [text("The list of tools has changed")] };
    },
  );
  server.registerTool(
    "test_trigger_prompt_change",
    { description: "Adds a prompt, or takes it away again", inputSchema: nothing },
    () => {
      world.flipPrompt();
      return { content: [text("The list of prompts has changed")] };
    },
  );
  server.registerTool(
    "test_trigger_resource_update",
    { description: `Changes the resource ${WATCHED_URI}`, inputSchema: nothing },
    () => {
      world.touch(WATCHED_URI);
      return { content: [text("The watched resource has changed")] };
    },
  );
}
