import type { JsonObject } from "../mcp/frames.ts";
import { canonicalJson, isJsonObject } from "../mcp/json.ts";
import { without } from "../mcp/meta.ts";
import type { RoutedCall } from "../pipeline/call.ts";
import { GatewayError } from "../pipeline/errors.ts";
import type { ParkedCall } from "./parked_call.ts";

export interface ParkingLotOptions {
  /** How long a parked call waits for its caller. */
  readonly ttlMs: number;
  /** Most calls parked at once for one principal. */
  readonly maxPerPrincipal: number;
}

interface Place {
  readonly parked: ParkedCall;
  readonly principal: string;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * The calls of one server that wait for their callers' answers. A caller proves with a `requestState` that a call is
 * its own: sealed so that it can be neither read nor changed, bound to caller and request, good once and for a while
 * (2026-07-28 basic/patterns/mrtr, Server Requirements).
 */
export class ParkingLot {
  readonly #options: ParkingLotOptions;
  readonly #places = new Map<string, Place>();
  #key: Promise<CryptoKey> | undefined;

  constructor(options: ParkingLotOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#places.size;
  }

  /** Whether one more call of this caller may be parked. */
  hasRoom(call: RoutedCall): boolean {
    let taken = 0;
    for (const { principal } of this.#places.values()) {
      if (principal === call.principal.id) taken++;
    }
    return taken < this.#options.maxPerPrincipal;
  }

  /** Parks a call and returns the state its caller is to come back with. */
  async park(call: RoutedCall, parked: ParkedCall): Promise<string> {
    const id = crypto.randomUUID();
    const timer = setTimeout(() => {
      this.#places.delete(id);
      parked.cancel();
    }, this.#options.ttlMs);
    this.#places.set(id, { parked, principal: call.principal.id, timer });
    return await this.#seal({ id, binding: await bindingOf(call) });
  }

  /**
   * Takes a call back out.
   *
   * @throws {GatewayError} the same for a state that is changed, used, expired, or of another caller or request
   */
  async unpark(call: RoutedCall): Promise<ParkedCall> {
    const state = await this.#open(call.params.requestState);
    const place = state === undefined ? undefined : this.#places.get(state.id);
    if (state === undefined || place === undefined || state.binding !== await bindingOf(call)) {
      throw invalidState();
    }
    // Another request with the same state may have been quicker while this one was looked at.
    if (!this.#places.delete(state.id)) throw invalidState();
    clearTimeout(place.timer);
    return place.parked;
  }

  /** Gives up every parked call. */
  close(): void {
    for (const { parked, timer } of this.#places.values()) {
      clearTimeout(timer);
      parked.cancel();
    }
    this.#places.clear();
  }

  #keyOfLot(): Promise<CryptoKey> {
    return this.#key ??= crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]);
  }

  async #seal(state: { readonly id: string; readonly binding: string }): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder().encode(JSON.stringify(state));
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv },
      await this.#keyOfLot(),
      text,
    );
    const whole = new Uint8Array(iv.length + sealed.byteLength);
    whole.set(iv);
    whole.set(new Uint8Array(sealed), iv.length);
    return encoded(whole);
  }

  async #open(
    sealed: unknown,
  ): Promise<{ readonly id: string; readonly binding: string } | undefined> {
    if (typeof sealed !== "string" || sealed.length > 1024) return undefined;
    try {
      const whole = Uint8Array.fromBase64(sealed, { alphabet: "base64url" });
      // Decoding passes over blanks and over bits that stand for nothing.
      if (encoded(whole) !== sealed) return undefined;
      const algorithm = { name: "AES-GCM", iv: whole.slice(0, 12) };
      const text = await crypto.subtle.decrypt(algorithm, await this.#keyOfLot(), whole.slice(12));
      const state: unknown = JSON.parse(new TextDecoder().decode(text));
      if (
        !isJsonObject(state) || typeof state.id !== "string" || typeof state.binding !== "string"
      ) return undefined;
      return { id: state.id, binding: state.binding };
    } catch {
      return undefined;
    }
  }
}

function encoded(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** What must be the same in the request that comes back: caller, method, and parameters but for the answers. */
async function bindingOf({ principal, conversation, method, params }: RoutedCall): Promise<string> {
  const salient = without(params, ["_meta", "inputResponses", "requestState"]);
  const text = canonicalJson([principal.id, conversation, method, salient]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toBase64();
}

function invalidState(): GatewayError {
  return new GatewayError("invalid_params", "requestState is not valid, or no longer");
}

/** Parameters as a 2025 server is to see them. */
export function withoutAnswers(params: JsonObject): JsonObject {
  if (params.inputResponses === undefined && params.requestState === undefined) return params;
  return without(params, ["inputResponses", "requestState"]);
}
