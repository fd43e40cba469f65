import { assertEquals, assertRejects } from "@std/assert";
import { GatewayError, type Reason } from "../../src/pipeline/errors.ts";

/** Expects one of the gateway's own refusals, and gives it. */
export async function assertReason(
  promise: Promise<unknown>,
  reason: Reason,
  message?: string,
): Promise<GatewayError> {
  const error = await assertRejects(() => promise, GatewayError, message);
  assertEquals(error.reason, reason);
  return error;
}
