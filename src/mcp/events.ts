import type { JsonObject, NotificationFrame, RequestId } from "./frames.ts";
import type { McpEvent } from "./message.ts";
import { MetaKey, withMeta, without } from "./meta.ts";

// Notifications look alike in both eras; only what binds them to their request differs.

/** What ties an event to the request it belongs to, on the way to a client. */
export interface EventBinding {
  readonly progressToken?: unknown;
  /** Set for the events of a `subscriptions/listen` request. */
  readonly subscriptionId?: RequestId;
}

/** The notification that tells a client of an event; undefined where this client did not ask for it. */
export function encodeEvent(event: McpEvent, binding: EventBinding): NotificationFrame | undefined {
  switch (event.kind) {
    case "progress":
      if (binding.progressToken === undefined) return undefined;
      return notification("notifications/progress", {
        progressToken: binding.progressToken,
        ...event.params,
      });
    case "log":
      return notification("notifications/message", event.params);
    case "acknowledged":
      if (binding.subscriptionId === undefined) return undefined;
      return bound(
        "notifications/subscriptions/acknowledged",
        { notifications: event.filter },
        binding,
      );
    case "list_changed":
      return bound(`notifications/${event.list}/list_changed`, undefined, binding);
    case "resource_updated":
      return bound("notifications/resources/updated", event.params, binding);
    case "other":
      return bound(event.method, event.params, binding);
  }
}

/** The event in a server's notification, whichever request it belongs to. */
export function decodeEvent(frame: NotificationFrame): McpEvent {
  const params = frame.params ?? {};
  switch (frame.method) {
    case "notifications/progress":
      return { kind: "progress", params: without(params, ["progressToken"]) };
    case "notifications/message":
      return { kind: "log", params };
    case "notifications/tools/list_changed":
      return { kind: "list_changed", list: "tools" };
    case "notifications/prompts/list_changed":
      return { kind: "list_changed", list: "prompts" };
    case "notifications/resources/list_changed":
      return { kind: "list_changed", list: "resources" };
    case "notifications/resources/updated":
      return { kind: "resource_updated", params: withoutSubscription(params) };
    default:
      return { kind: "other", method: frame.method, params: frame.params };
  }
}

function bound(
  method: string,
  params: JsonObject | undefined,
  binding: EventBinding,
): NotificationFrame {
  if (binding.subscriptionId === undefined) return notification(method, params);
  return notification(
    method,
    withMeta(params ?? {}, { [MetaKey.subscriptionId]: binding.subscriptionId }),
  );
}

function withoutSubscription(params: JsonObject): JsonObject {
  const meta = params._meta as JsonObject | undefined;
  if (meta?.[MetaKey.subscriptionId] === undefined) return params;
  const rest = without(meta, [MetaKey.subscriptionId]);
  return Object.keys(rest).length === 0 ? without(params, ["_meta"]) : { ...params, _meta: rest };
}

function notification(method: string, params: JsonObject | undefined): NotificationFrame {
  return { kind: "notification", method, params };
}
