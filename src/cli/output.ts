/**
 * Who gets what: results go to stdout, everything else to stderr. With `--json` stdout gets exactly one document, an
 * error included; without it the same numbers in words. Nothing is printed raw (`terminal.ts`).
 */
import type { ErrorCode } from '../protocol';
import { jsonLine, oneLine, severalLines } from './terminal';

const progressEveryMs = 100;
const progressLineEveryMs = 5000;
/** Columns of a terminal that does not say. */
const usualColumns = 80;

export interface Output {
  json: boolean;
  /** The result: as JSON, or else in words: lines, of which each stays one, or a text with line ends of its own. */
  result(document: object, words: () => string[] | string): void;
  /** Part of a result that comes bit by bit, with line ends of its own; nothing with `--json`. */
  stream(text: string): void;
  /** How far it is; overwritten on a terminal, now and then a line elsewhere. */
  progress(text: string): void;
  note(text: string): void;
}

/** As much of `process` as printing needs. */
export interface Streams {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown; isTTY?: boolean; columns?: number };
}

export function createOutput(json: boolean, { stdout, stderr }: Streams = process): Output {
  let shown = -Infinity;
  let drawn = false;
  const clear = () => {
    if (drawn) stderr.write('\r\x1b[K');
    drawn = false;
  };
  return {
    json,
    result: (document, words) => {
      clear();
      if (json) return void stdout.write(`${jsonLine(document)}\n`);
      const said = words();
      stdout.write(typeof said === 'string' ? severalLines(said) : said.map((line) => `${oneLine(line)}\n`).join(''));
    },
    stream: (text) => {
      if (json) return;
      clear();
      stdout.write(severalLines(text));
    },
    progress: (text) => {
      const now = performance.now();
      const redrawn = stderr.isTTY === true && process.env['TERM'] !== 'dumb';
      if (now - shown < (redrawn ? progressEveryMs : progressLineEveryMs)) return;
      shown = now;
      const line = oneLine(text);
      if (!redrawn) return void stderr.write(`${line}\n`);
      // Without wrapping (7l) wide characters cannot push the line over the edge, whatever they count.
      stderr.write(`\r\x1b[?7l${line.slice(0, Math.max(1, (stderr.columns || usualColumns) - 1))}\x1b[K\x1b[?7h`);
      drawn = true;
    },
    note: (text) => {
      clear();
      stderr.write(`${oneLine(text)}\n`);
    },
  };
}

export function writeError(
  json: boolean,
  error: { code: ErrorCode | 'stopped'; message: string },
  { stdout, stderr }: Streams = process,
): void {
  if (json) stdout.write(`${jsonLine({ error: { code: error.code, message: error.message } })}\n`);
  else stderr.write(`bonsai: ${oneLine(error.message)}\n`);
}
