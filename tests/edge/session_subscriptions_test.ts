import { assertEquals, assertRejects } from "@std/assert";
import { SessionSubscriptions } from "../../src/edge/session_subscriptions.ts";
import type { McpEvent, Reply } from "../../src/mcp/message.ts";
import { GatewayError } from "../../src/pipeline/errors.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** One open listen call, whose fate is the test's. */
interface Listen {
  readonly uris: readonly string[];
  readonly signal: AbortSignal;
  readonly emit: (event: McpEvent) => void;
  readonly end: (reply: Reply) => void;
}

function subscriptions() {
  const listens: Listen[] = [];
  const ended = new AbortController();
  const session = new SessionSubscriptions({
    listen: (params, signal, emit) => {
      const { promise, resolve } = Promise.withResolvers<Reply>();
      const filter = params.notifications as { resourceSubscriptions?: string[] };
      listens.push({ uris: filter.resourceSubscriptions ?? [], signal, emit, end: resolve });
      return promise;
    },
    notify() {},
    signal: ended.signal,
  });
  const agree = ({ emit, uris }: Listen) =>
    emit({ kind: "acknowledged", filter: { resourceSubscriptions: uris } });
  const refuse = ({ emit }: Listen) => emit({ kind: "acknowledged", filter: {} });
  return { session, listens, agree, refuse };
}

Deno.test("SessionSubscriptions opens a subscription again that was ended by the gateway", async () => {
  const { session, listens, agree } = subscriptions();
  const first = session.subscribe("f:/a");
  agree(listens[0]!);
  await first;
  listens[0]!.end({ kind: "result", result: {} });
  await Promise.resolve();
  const again = session.subscribe("f:/a");
  assertEquals(listens.length, 2);
  agree(listens[1]!);
  await again;
});

Deno.test("SessionSubscriptions does not lose a subscription to the refusal of one before it", async () => {
  const { session, listens, agree, refuse } = subscriptions();
  const first = session.subscribe("f:/a");
  session.unsubscribe("f:/a");
  const second = session.subscribe("f:/a");
  agree(listens[1]!);
  await second;
  refuse(listens[0]!);
  await assertRejects(() => first, GatewayError, "Cannot subscribe");
  session.unsubscribe("f:/a");
  assertEquals(listens.map(({ signal }) => signal.aborted), [true, true]);
});

Deno.test("SessionSubscriptions gives two requests for one resource the same answer", async () => {
  const { session, listens, refuse } = subscriptions();
  const both = [session.subscribe("f:/a"), session.subscribe("f:/a")];
  refuse(listens[0]!);
  for (const one of both) await assertRejects(() => one, GatewayError, "Cannot subscribe");
  assertEquals(listens.length, 1);
});
