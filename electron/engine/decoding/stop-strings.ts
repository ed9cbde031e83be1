// Watches one row's text for stop strings as tokens arrive. Decodes only as much of the tail as a stop string could need, so
// the cost per token does not grow with the text. Does not own the tokenizer: it is given a decode function.

export type DecodeText = (tokenIds: readonly number[]) => string;

/** Text kept before the newest token beyond the longest stop string, so that a tail that starts inside a character is harmless. */
const SLACK_CHARACTERS = 8;

export class StopStringWatcher {
  private readonly stopStrings: readonly string[];
  private readonly decodeText: DecodeText;
  private readonly neededCharacters: number;
  private tail: number[] = [];

  constructor(stopStrings: readonly string[], decodeText: DecodeText) {
    this.stopStrings = stopStrings;
    this.decodeText = decodeText;
    this.neededCharacters = Math.max(...stopStrings.map((text) => text.length)) + SLACK_CHARACTERS;
  }

  /** True when the text up to and including this token contains a stop string. */
  push(tokenId: number): boolean {
    this.tail.push(tokenId);
    const text = this.decodeText(this.tail);
    if (this.stopStrings.some((stop) => text.includes(stop))) return true;
    if (text.length > 4 * this.neededCharacters) this.shorten();
    return false;
  }

  private shorten(): void {
    for (let kept = this.tail.length >>> 1; kept > 0 && kept < this.tail.length; kept = this.tail.length >>> 1) {
      const shorter = this.tail.slice(-kept);
      if (this.decodeText(shorter).length < this.neededCharacters) return;
      this.tail = shorter;
    }
  }
}
