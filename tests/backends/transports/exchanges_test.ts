import { assertEquals, assertRejects } from "@std/assert";
import type { Frame } from "../../../src/mcp/frames.ts";
import { Exchanges } from "../../../src/backends/transports/exchanges.ts";
import { TransportError } from "../../../src/backends/transports/transport.ts";

const REQUEST: Frame = { kind: "request", id: 1, method: "test", params: undefined };
const NOTIFICATION: Frame = { kind: "notification", method: "test", params: undefined };

/** Work that ends only when it is made to. */
function endless(signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new TransportError("Gone", { sent: true })));
  });
}

Deno.test("Exchanges ends a notification that nobody answers, in time", async () => {
  const exchanges = new Exchanges(1);
  const delivering = exchanges.deliver(NOTIFICATION, endless);
  const error = await assertRejects(() => delivering, TransportError, "No answer within 1 ms");
  assertEquals(error.sent, true);
});

Deno.test("Exchanges leaves requests to be abandoned", async () => {
  const exchanges = new Exchanges(1);
  const delivering = exchanges.deliver(REQUEST, endless);
  await new Exchanges(1).deliver(NOTIFICATION, endless).catch(() => {});
  exchanges.abandon(1);
  await delivering;
});

Deno.test("Exchanges passes on why work failed", async () => {
  const failing = () => Promise.reject(new TransportError("Refused", { sent: false }));
  const delivering = new Exchanges().deliver(REQUEST, failing);
  await assertRejects(() => delivering, TransportError, "Refused");
});

Deno.test("Exchanges takes nothing once closed, and waits for what runs", async () => {
  const exchanges = new Exchanges();
  const delivering = exchanges.deliver(REQUEST, endless);
  let isOver = false;
  const running = exchanges.track(
    Promise.resolve().then(() => {
      isOver = true;
    }),
  );
  const rejected = assertRejects(() => delivering, TransportError, "Transport is closed");
  await exchanges.close();
  assertEquals(isOver, true);
  await Promise.all([rejected, running]);
  const error = await assertRejects(() => exchanges.deliver(REQUEST, endless), TransportError);
  assertEquals(error.sent, false);
});
