import { assertEquals } from "@std/assert";
import { decodeEvent, encodeEvent, type EventBinding } from "../../src/mcp/events.ts";
import type { JsonObject, NotificationFrame } from "../../src/mcp/frames.ts";
import type { McpEvent } from "../../src/mcp/message.ts";

const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";

function notification(method: string, params?: JsonObject): NotificationFrame {
  return { kind: "notification", method, params };
}

const DECODED: readonly {
  readonly desc: string;
  readonly frame: NotificationFrame;
  readonly event: McpEvent;
}[] = [
  {
    desc: "progress, without the token and with what is unknown",
    frame: notification("notifications/progress", {
      progressToken: 7,
      progress: 0.5,
      total: 1,
      message: "half",
      extra: [1],
      _meta: { x: 1 },
    }),
    event: {
      kind: "progress",
      params: { progress: 0.5, total: 1, message: "half", extra: [1], _meta: { x: 1 } },
    },
  },
  {
    desc: "progress without params",
    frame: notification("notifications/progress"),
    event: { kind: "progress", params: {} },
  },
  {
    desc: "a log message",
    frame: notification("notifications/message", { level: "info", data: { a: 1 }, logger: "l" }),
    event: { kind: "log", params: { level: "info", data: { a: 1 }, logger: "l" } },
  },
  ...(["tools", "prompts", "resources"] as const).map((list) => ({
    desc: `a change of ${list}`,
    frame: notification(`notifications/${list}/list_changed`, { _meta: { [SUBSCRIPTION]: 4 } }),
    event: { kind: "list_changed" as const, list },
  })),
  {
    desc: "an update of a resource, without its subscription",
    frame: notification("notifications/resources/updated", {
      uri: "file:///a",
      title: "t",
      _meta: { [SUBSCRIPTION]: 4, x: 1 },
    }),
    event: {
      kind: "resource_updated",
      params: { uri: "file:///a", title: "t", _meta: { x: 1 } },
    },
  },
  {
    desc: "an update of a resource, with nothing left of its _meta",
    frame: notification("notifications/resources/updated", {
      uri: "file:///a",
      _meta: { [SUBSCRIPTION]: 4 },
    }),
    event: { kind: "resource_updated", params: { uri: "file:///a" } },
  },
  {
    desc: "an update of a resource with a broken _meta",
    frame: notification("notifications/resources/updated", { uri: "file:///a", _meta: null }),
    event: { kind: "resource_updated", params: { uri: "file:///a", _meta: null } },
  },
  {
    desc: "anything else as it came",
    frame: notification("notifications/x/y", { a: 1 }),
    event: { kind: "other", method: "notifications/x/y", params: { a: 1 } },
  },
  {
    desc: "anything else without params",
    frame: notification("constructor"),
    event: { kind: "other", method: "constructor", params: undefined },
  },
];

for (const { desc, frame, event } of DECODED) {
  Deno.test(`decodeEvent() reads ${desc}`, () => {
    assertEquals(decodeEvent(frame), event);
  });
}

const ENCODED: readonly {
  readonly desc: string;
  readonly event: McpEvent;
  readonly binding: EventBinding;
  readonly frame: NotificationFrame | undefined;
}[] = [
  {
    desc: "progress under the caller's own token",
    event: { kind: "progress", params: { progress: 1, extra: 2 } },
    binding: { progressToken: "abc" },
    frame: notification("notifications/progress", { progressToken: "abc", progress: 1, extra: 2 }),
  },
  {
    desc: "progress under the token 0",
    event: { kind: "progress", params: { progress: 1 } },
    binding: { progressToken: 0 },
    frame: notification("notifications/progress", { progressToken: 0, progress: 1 }),
  },
  {
    desc: "no progress to who did not ask",
    event: { kind: "progress", params: { progress: 1 } },
    binding: {},
    frame: undefined,
  },
  {
    desc: "a log message, which belongs to no subscription",
    event: { kind: "log", params: { level: "info", data: 1 } },
    binding: { subscriptionId: 3 },
    frame: notification("notifications/message", { level: "info", data: 1 }),
  },
  {
    desc: "an acknowledgment",
    event: { kind: "acknowledged", filter: { toolsListChanged: true } },
    binding: { subscriptionId: "s" },
    frame: notification("notifications/subscriptions/acknowledged", {
      notifications: { toolsListChanged: true },
      _meta: { [SUBSCRIPTION]: "s" },
    }),
  },
  {
    desc: "no acknowledgment outside of a subscription",
    event: { kind: "acknowledged", filter: {} },
    binding: {},
    frame: undefined,
  },
  {
    desc: "a change of lists in 2025",
    event: { kind: "list_changed", list: "prompts" },
    binding: {},
    frame: notification("notifications/prompts/list_changed"),
  },
  {
    desc: "a change of lists on a subscription",
    event: { kind: "list_changed", list: "tools" },
    binding: { subscriptionId: 0 },
    frame: notification("notifications/tools/list_changed", { _meta: { [SUBSCRIPTION]: 0 } }),
  },
  {
    desc: "an update of a resource on a subscription, keeping its _meta",
    event: { kind: "resource_updated", params: { uri: "a:b", _meta: { x: 1 } } },
    binding: { subscriptionId: 9 },
    frame: notification("notifications/resources/updated", {
      uri: "a:b",
      _meta: { x: 1, [SUBSCRIPTION]: 9 },
    }),
  },
  {
    desc: "anything else as it came",
    event: { kind: "other", method: "notifications/x", params: undefined },
    binding: { progressToken: 1 },
    frame: notification("notifications/x"),
  },
];

for (const { desc, event, binding, frame } of ENCODED) {
  Deno.test(`encodeEvent() sends ${desc}`, () => {
    assertEquals(encodeEvent(event, binding), frame);
  });
}
