// Turns a growing list of token ids into growing text. Characters whose bytes are spread over several tokens are held back until
// they are whole, so what has been given out never changes.

const REPLACEMENT = "\uFFFD";

export class StreamDecoder {
  private readonly decode: (ids: readonly number[]) => string;
  /** Ids since the last point where text was given out, led by those of the piece before it (decoders treat a first token differently). */
  private window: number[] = [];
  /** How many ids of the window have been given out. */
  private given = 0;
  private givenText = "";

  constructor(decode: (ids: readonly number[]) => string) {
    this.decode = decode;
  }

  /** Text that became certain with this token; often a word piece, empty while a character is incomplete. */
  push(id: number): string {
    this.window.push(id);
    const text = this.decode(this.window);
    if (text.length <= this.givenText.length || text.endsWith(REPLACEMENT)) return "";
    return this.give(text);
  }

  /** What is still held back, with replacement characters for bytes that never became a character. Call once, at the end. */
  flush(): string {
    const text = this.decode(this.window);
    return text.length > this.givenText.length ? this.give(text) : "";
  }

  private give(text: string): string {
    const fresh = text.slice(this.givenText.length);
    this.window = this.window.slice(this.given);
    this.given = this.window.length;
    this.givenText = this.decode(this.window);
    return fresh;
  }
}
