/** Keep the last lines of a stream and hand each whole line on; memory stays bounded whatever is written. */
export class LineTail {
  readonly #kept: string[] = [];
  #partial = '';

  /** @param limit lines kept */
  constructor(
    private readonly limit: number,
    private readonly onLine: (line: string) => void,
  ) {}

  write(chunk: string): void {
    const lines = (this.#partial + chunk).split(/\r?\n/);
    this.#partial = (lines.pop() ?? '').slice(-10_000);
    for (const line of lines) this.#keep(line);
  }

  /** Takes an unfinished last line as a line. */
  end(): void {
    if (this.#partial) this.#keep(this.#partial);
    this.#partial = '';
  }

  get lines(): readonly string[] {
    return this.#kept;
  }

  #keep(line: string): void {
    if (!line.trim()) return;
    this.#kept.push(line);
    if (this.#kept.length > this.limit) this.#kept.shift();
    this.onLine(line);
  }
}
