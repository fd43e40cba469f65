/** Something in the reference server that clients may want to hear of. */
export type Change =
  | { readonly kind: "tools" }
  | { readonly kind: "prompts" }
  | { readonly kind: "resource"; readonly uri: string };

/** What all server instances of one reference process share: the optional list entries and who listens. */
export class World {
  /** Whether `test_extra_tool` is offered. */
  extraTool = false;
  /** Whether `test_extra_prompt` is offered. */
  extraPrompt = false;
  /** How often the watched resource was touched. */
  touches = 0;
  readonly #listeners = new Set<(change: Change) => void>();

  /** Registers `listener`; the returned function takes it off again. */
  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Adds the extra tool, or takes it away, and tells everybody. */
  flipTool(): void {
    this.extraTool = !this.extraTool;
    this.#tell({ kind: "tools" });
  }

  /** Adds the extra prompt, or takes it away, and tells everybody. */
  flipPrompt(): void {
    this.extraPrompt = !this.extraPrompt;
    this.#tell({ kind: "prompts" });
  }

  /** Changes the watched resource and tells everybody. */
  touch(uri: string): void {
    this.touches++;
    this.#tell({ kind: "resource", uri });
  }

  #tell(change: Change): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}
