/**
 * Who gets what: results go to stdout, everything else to stderr. With `--json` stdout gets exactly one document, an
 * error included; without it the same numbers in words.
 */
import type { ErrorCode } from '../protocol';

const progressEveryMs = 100;
const progressLineEveryMs = 5000;

export interface Output {
  json: boolean;
  /** The result: as JSON, or else as the lines. */
  result(document: object, lines: () => string[]): void;
  /** Part of a result that comes bit by bit; nothing with `--json`. */
  stream(text: string): void;
  /** How far it is; overwritten on a terminal, now and then a line elsewhere. */
  progress(text: string): void;
  note(text: string): void;
}

export function createOutput(json: boolean): Output {
  let shown = 0;
  let length = 0;
  const clear = () => {
    if (length > 0) process.stderr.write(`\r${' '.repeat(length)}\r`);
    length = 0;
  };
  return {
    json,
    result: (document, lines) => {
      clear();
      process.stdout.write(
        json
          ? `${JSON.stringify(document)}\n`
          : lines()
              .map((line) => `${line}\n`)
              .join(''),
      );
    },
    stream: (text) => {
      if (json) return;
      clear();
      process.stdout.write(text);
    },
    progress: (text) => {
      const now = performance.now();
      const terminal = process.stderr.isTTY;
      if (now - shown < (terminal ? progressEveryMs : progressLineEveryMs)) return;
      shown = now;
      if (!terminal) return void process.stderr.write(`${text}\n`);
      const line = text.slice(0, Math.max(20, process.stderr.columns - 1));
      process.stderr.write(`\r${line.padEnd(length)}`);
      length = line.length;
    },
    note: (text) => {
      clear();
      process.stderr.write(`${text}\n`);
    },
  };
}

export function writeError(json: boolean, error: { code: ErrorCode; message: string }): void {
  if (json) process.stdout.write(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`);
  else process.stderr.write(`bonsai: ${error.message}\n`);
}
