// Values as Python source writes them ("{'a': [1, None]}"), for checkers whose reference evaluates an answer as program text. Nothing is
// run: literals and containers of them are read, anything else is none. Depth is bounded, so that no text can exhaust the stack.

export type PythonLiteral =
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "number" | "constant" | "bytes" }
  | { readonly type: "list" | "tuple" | "set"; readonly items: readonly PythonLiteral[] }
  | { readonly type: "dict"; readonly items: readonly (readonly [PythonLiteral, PythonLiteral])[] };

const MAX_DEPTH = 90;
const SKIPPED = /(?:[ \t\f\r\n]|\\\r?\n|#[^\n]*)*/y;
const NUMBER =
  /[+-]?[ \t]*(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?[jJ]?)/y;
const CONSTANT = /(?:None|True|False|\.\.\.)(?![\p{L}\p{N}_])/uy;
const STRING =
  /([rRuUbB]|[rR][bB]|[bB][rR])?(?:"""((?:[^\\]|\\[^])*?)"""|'''((?:[^\\]|\\[^])*?)'''|"((?:[^"\\\n]|\\[^])*)"|'((?:[^'\\\n]|\\[^])*)')/y;

/** Undefined where the text is no literal. */
export function readPythonLiteral(text: string): PythonLiteral | undefined {
  const reader = new Reader(text.replace(/^[ \t]+/, ""));
  try {
    const value = reader.expression(0, "");
    return value !== undefined && reader.isAtEnd() ? value : undefined;
  } catch (error) {
    // A text of many megabytes inside quotes is more than a pattern can look back over.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class Reader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  isAtEnd(): boolean {
    this.skip();
    return this.at === this.text.length;
  }

  /** One value, or several with commas between them, which are a tuple; up to `close`. */
  expression(depth: number, close: string): PythonLiteral | undefined {
    const items: PythonLiteral[] = [];
    let hasComma = false;
    for (;;) {
      this.skip();
      if (this.at === this.text.length || this.text[this.at] === close) break;
      if (items.length > 0 && !hasComma) return undefined;
      const item = this.value(depth);
      if (item === undefined) return undefined;
      items.push(item);
      hasComma = this.take(",");
      if (!hasComma) break;
    }
    if (items.length === 1 && !hasComma) return items[0];
    return items.length === 0 ? undefined : { type: "tuple", items };
  }

  private value(depth: number): PythonLiteral | undefined {
    if (depth > MAX_DEPTH) return undefined;
    this.skip();
    if (this.take("(")) return this.inParentheses(depth);
    if (this.take("[")) return this.sequence(depth);
    if (this.take("{")) return this.braces(depth);
    return this.string() ?? this.plain();
  }

  private inParentheses(depth: number): PythonLiteral | undefined {
    if (this.take(")")) return { type: "tuple", items: [] };
    const inner = this.expression(depth + 1, ")");
    return inner !== undefined && this.take(")") ? inner : undefined;
  }

  private sequence(depth: number): PythonLiteral | undefined {
    const items: PythonLiteral[] = [];
    while (!this.take("]")) {
      const item = this.value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
      if (!this.take(",") && this.peek() !== "]") return undefined;
    }
    return { type: "list", items };
  }

  private braces(depth: number): PythonLiteral | undefined {
    const pairs: (readonly [PythonLiteral, PythonLiteral])[] = [];
    const items: PythonLiteral[] = [];
    while (!this.take("}")) {
      const key = this.value(depth + 1);
      if (key === undefined || !isHashable(key)) return undefined;
      if (this.take(":")) {
        const value = this.value(depth + 1);
        if (value === undefined) return undefined;
        pairs.push([key, value]);
      } else items.push(key);
      if (!this.take(",") && this.peek() !== "}") return undefined;
    }
    if (pairs.length > 0 && items.length > 0) return undefined;
    return items.length > 0 ? { type: "set", items } : { type: "dict", items: pairs };
  }

  /** Strings side by side are one. */
  private string(): PythonLiteral | undefined {
    let value: string | undefined;
    let isBytes = false;
    for (;;) {
      this.skip();
      STRING.lastIndex = this.at;
      const match = STRING.exec(this.text);
      if (match === null) break;
      const prefix = (match[1] ?? "").toLowerCase();
      const body = match[2] ?? match[3] ?? match[4] ?? match[5] ?? "";
      this.at += match[0].length;
      isBytes ||= prefix.includes("b");
      value = (value ?? "") + (prefix.includes("r") ? body : unescaped(body));
    }
    if (value === undefined) return undefined;
    return isBytes ? { type: "bytes" } : { type: "string", value };
  }

  private plain(): PythonLiteral | undefined {
    for (const [pattern, type] of [
      [CONSTANT, "constant"],
      [NUMBER, "number"],
    ] as const) {
      pattern.lastIndex = this.at;
      const match = pattern.exec(this.text);
      if (match === null) continue;
      this.at += match[0].length;
      return { type };
    }
    return undefined;
  }

  private peek(): string | undefined {
    this.skip();
    return this.text[this.at];
  }

  private take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at += 1;
    return true;
  }

  private skip(): void {
    SKIPPED.lastIndex = this.at;
    this.at += SKIPPED.exec(this.text)?.[0].length ?? 0;
  }
}

function isHashable({ type }: PythonLiteral): boolean {
  return type !== "list" && type !== "dict" && type !== "set";
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", a: "\u0007", "\n": "" };

function unescaped(body: string): string {
  return body.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|[^])/g, (whole, code: string) => {
    if (code.length > 1 && /^[xuU]/.test(code)) return codePoint(parseInt(code.slice(1), 16)) ?? whole;
    if (/^[0-7]/.test(code)) return codePoint(parseInt(code, 8)) ?? whole;
    return ESCAPES[code] ?? (/["'\\]/.test(code) ? code : whole);
  });
}

function codePoint(value: number): string | undefined {
  return value <= 0x10ffff ? String.fromCodePoint(value) : undefined;
}
