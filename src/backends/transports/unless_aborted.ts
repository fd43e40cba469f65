/** Settles as `work` does, or rejects with the signal's reason once that aborts; `work` itself goes on. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp);
    const forget = () => signal.removeEventListener("abort", giveUp);
    work.then(resolve, reject).then(forget);
  });
}
