import type { Desk } from "./desk.ts";
import { HttpSession, type StreamNeeds } from "./http_session.ts";
import { KeptBudget } from "./kept_budget.ts";
import type { KeepAlive } from "./sse_stream.ts";

/** Most characters kept for clients that may come back, in all sessions together. */
const MAX_KEPT_CHARS = 128 * 1024 * 1024;

/** The sessions of 2025 clients over HTTP. */
export class SessionTable {
  readonly #desk: Desk;
  readonly #streams: StreamNeeds;
  /** Least recently used first. */
  readonly #sessions = new Map<string, HttpSession>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(desk: Desk, keepAlive: KeepAlive) {
    this.#desk = desk;
    this.#streams = {
      keepAlive,
      budget: new KeptBudget(MAX_KEPT_CHARS, (isEnough) => this.#relieve(isEnough)),
    };
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** A new session; not findable until it is kept. */
  create(scope: string | undefined): HttpSession {
    return new HttpSession(this.#desk, scope, this.#streams);
  }

  /** Lets clients use a session from now on; the longest idle one makes room where there are too many. */
  keep(session: HttpSession): void {
    const { max, idle_seconds } = this.#desk.options.sessions;
    if (this.#sessions.size >= max) this.#endOldest();
    this.#sessions.set(session.id, session);
    this.#timer ??= setInterval(
      () => this.#sweep(idle_seconds * 1000),
      Math.min(idle_seconds * 250, 60_000),
    );
  }

  /** The session of this id at this address, and marks it as used. */
  find(id: string, scope: string | undefined): HttpSession | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || session.session.scope !== scope) return undefined;
    session.lastSeen = performance.now();
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session;
  }

  end(session: HttpSession): void {
    this.#sessions.delete(session.id);
    session.end();
    if (this.#sessions.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    for (const session of [...this.#sessions.values()]) this.end(session);
  }

  /** What was kept for the session that was silent longest is missed least. */
  #relieve(isEnough: () => boolean): void {
    this.#desk.log.warn("Too much is kept for clients that may come back: giving up the oldest");
    for (const session of this.#sessions.values()) {
      if (isEnough()) return;
      session.forgetKept();
    }
  }

  #endOldest(): void {
    const sessions = [...this.#sessions.values()];
    this.end(sessions.find(({ isBusy }) => !isBusy) ?? sessions[0]!);
  }

  #sweep(idleMs: number): void {
    const oldest = performance.now() - idleMs;
    for (const session of [...this.#sessions.values()]) {
      session.forgetOldStreams();
      if (session.isBusy) session.lastSeen = performance.now();
      else if (session.lastSeen < oldest) this.end(session);
    }
  }
}
