// Stateless, so shared: decodes pieces that begin and end between two characters.
const wholeDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Decodes UTF-8 that comes in pieces, cut anywhere, without a leading byte order mark. */
export class Utf8Decoder {
  /** Exists only while the end of a piece cuts a character in two: the platform's stateful decoding costs far more. */
  #cut: TextDecoder | undefined;
  #isAtStart = true;

  decode(piece: Uint8Array): string {
    const last = piece.at(-1);
    if (last === undefined) return "";
    let text: string;
    if (this.#cut === undefined && last < 0x80) {
      text = wholeDecoder.decode(piece);
    } else {
      this.#cut ??= new TextDecoder("utf-8", { ignoreBOM: true });
      text = this.#cut.decode(piece, { stream: true });
      // After an ASCII byte nothing can be pending.
      if (last < 0x80) this.#cut = undefined;
    }
    if (!this.#isAtStart || text === "") return text;
    this.#isAtStart = false;
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  /** What a text that ends within a character ends with. */
  end(): string {
    return this.#cut?.decode() ?? "";
  }
}
