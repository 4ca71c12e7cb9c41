/** A text and its lines. Offsets count UTF-16 code units from 0, lines from 1; only `\n` ends a line. */

/** From `start` to before `end`. */
export interface Span {
  start: number;
  end: number;
}

/** First and last line, both included. */
export interface LineSpan {
  startLine: number;
  endLine: number;
}

export class SourceLines {
  private readonly starts: number[] = [0];
  /** First offsets of lines that are no white space, as far as they were asked for. */
  private readonly codeStarts = new Map<number, number>();

  constructor(readonly text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
    // What follows the last line break is a line only if something stands there.
    if (this.starts.length > 1 && this.starts.at(-1) === text.length) this.starts.pop();
  }

  get count(): number {
    return this.starts.length;
  }

  lineOf(offset: number): number {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** Without the white space at the end, which some grammars count in. */
  linesOf({ start, end }: Span): LineSpan {
    const startLine = this.lineOf(start);
    return { startLine, endLine: Math.max(startLine, this.lineOf(this.beforeSpace(end) - 1)) };
  }

  /** The lines on which nothing else stands; undefined when there are none. */
  wholeLinesOf(span: Span): LineSpan | undefined {
    let { startLine, endLine } = this.linesOf(span);
    if (this.codeStartOf(startLine) < span.start) startLine++;
    if (this.afterSpace(this.beforeSpace(span.end)) < this.startOf(endLine + 1)) endLine--;
    return startLine <= endLine ? { startLine, endLine } : undefined;
  }

  isBlankLine(line: number): boolean {
    return this.codeStartOf(line) >= this.startOf(line + 1);
  }

  /** @returns the offset after the last character before `offset` that is not white space */
  beforeSpace(offset: number): number {
    let at = offset;
    while (at > 0 && isSpace(this.text.charCodeAt(at - 1))) at--;
    return at;
  }

  private startOf(line: number): number {
    return this.starts[line - 1] ?? this.text.length;
  }

  private codeStartOf(line: number): number {
    const known = this.codeStarts.get(line);
    if (known !== undefined) return known;
    const start = this.afterSpace(this.startOf(line));
    this.codeStarts.set(line, start);
    return start;
  }

  private afterSpace(offset: number): number {
    let at = offset;
    while (at < this.text.length && isSpace(this.text.charCodeAt(at))) at++;
    return at;
  }
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0xfeff;
}
