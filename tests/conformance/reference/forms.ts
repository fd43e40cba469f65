import type { ElicitRequestFormParams } from "@modelcontextprotocol/server";

/** A question to the user: the message and the fields. */
export type Form = Pick<ElicitRequestFormParams, "message" | "requestedSchema">;

/** One field of every primitive type, each with a default. */
export const DEFAULTS_FORM: Form = {
  message: "Please check the values",
  requestedSchema: {
    type: "object",
    properties: {
      name: { type: "string", description: "A name", default: "John Doe" },
      age: { type: "integer", description: "Years", default: 30 },
      score: { type: "number", description: "Points", default: 95.5 },
      status: {
        type: "string",
        description: "State of the account",
        enum: ["active", "inactive", "pending"],
        default: "active",
      },
      verified: { type: "boolean", description: "Whether it was checked", default: true },
    },
    required: [],
  },
};

/** All five ways to offer a choice. */
export const ENUMS_FORM: Form = {
  message: "Please choose",
  requestedSchema: {
    type: "object",
    properties: {
      untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
      titledSingle: {
        type: "string",
        oneOf: [
          { const: "value1", title: "First Option" },
          { const: "value2", title: "Second Option" },
          { const: "value3", title: "Third Option" },
        ],
      },
      legacyEnum: {
        type: "string",
        enum: ["opt1", "opt2", "opt3"],
        enumNames: ["Option One", "Option Two", "Option Three"],
      },
      untitledMulti: {
        type: "array",
        items: { type: "string", enum: ["option1", "option2", "option3"] },
      },
      titledMulti: {
        type: "array",
        items: {
          anyOf: [
            { const: "value1", title: "First Choice" },
            { const: "value2", title: "Second Choice" },
            { const: "value3", title: "Third Choice" },
          ],
        },
      },
    },
    required: [],
  },
};
