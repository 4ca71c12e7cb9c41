/**
 * Bytes to text: UTF-8 and UTF-16 by their form, and otherwise what jschardet, which VS Code guesses with, takes the
 * bytes for. A guess counts only where every byte means something in it; otherwise the person is told what to do.
 */
import { isUtf8 } from 'node:buffer';
import { isBinaryFile } from 'isbinaryfile';

export interface Decoded {
  /** Without a byte order mark; line ends as they are in the bytes. */
  text: string;
  /** WHATWG name, such as `utf-8` or `shift_jis`. */
  encoding: string;
}

/** Characters that source has none of: bytes that come out as them are in another encoding, or no text at all. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const noText = /[\0-\x08\x0e-\x1a\x1c-\x1f\u0080-\u009f\ufffd-\uffff\ue000-\uf8ff]/;

/**
 * @param declared a name of the encoding that somebody gave for this file; used where it fits
 * @returns why it is no text, in words for people
 */
export async function decodeText(bytes: Buffer, declared?: string): Promise<Decoded | { reason: string }> {
  const marked = byteOrderMark(bytes);
  if (marked) return strictly(bytes, marked) ?? { reason: 'not valid UTF-16' };
  if (bytes.includes(0)) {
    for (const encoding of [declared, unmarkedUtf16(bytes)]) {
      const text = encoding !== undefined && /^utf-16/i.test(encoding) ? strictly(bytes, encoding) : undefined;
      if (text && !noText.test(text.text)) return text;
    }
    return { reason: 'binary' };
  }
  // Seven bits throughout, so it passes for UTF-8.
  if (isIso2022(bytes)) {
    const text = strictly(bytes, 'iso-2022-jp');
    if (text) return text;
  }
  if (isUtf8(bytes)) return (await isBinaryFile(bytes, bytes.length)) ? { reason: 'binary' } : decodedAs(bytes, 'utf-8');
  if (hasControls(bytes)) return { reason: 'binary' };
  for (const encoding of [...(declared === undefined ? [] : [declared]), ...(await guesses(bytes))]) {
    const text = strictly(bytes, encoding);
    if (text && !noText.test(text.text)) return text;
  }
  return { reason: 'its encoding is not recognised; save it as UTF-8' };
}

function byteOrderMark(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

function decodedAs(bytes: Buffer, encoding: string): Decoded {
  const decoder = new TextDecoder(encoding, { fatal: true });
  // In one piece, Node before 24 takes windows-1252 for Latin-1, where the euro sign and curly quotes are control characters.
  const text = decoder.decode(bytes, { stream: true }) + decoder.decode();
  return { text, encoding: decoder.encoding };
}

/** Undefined where a byte means nothing in the encoding, or this Node does not know it. */
function strictly(bytes: Buffer, encoding: string): Decoded | undefined {
  try {
    return decodedAs(bytes, encoding);
  } catch {
    return undefined;
  }
}

/** Mostly Latin letters: every second byte is mostly zero, the ones between hardly ever. */
function unmarkedUtf16(bytes: Buffer): string | undefined {
  const zeros = [0, 0];
  bytes.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  });
  const half = bytes.length / 2;
  if (bytes.length % 2 !== 0 || Math.max(...zeros) <= half * 0.5 || Math.min(...zeros) >= half * 0.05) return undefined;
  return (zeros[1] ?? 0) > (zeros[0] ?? 0) ? 'utf-16le' : 'utf-16be';
}

/** The escapes that begin Japanese there: `ESC $ @` and `ESC $ B`. Those of terminals are others. */
function isIso2022(bytes: Buffer): boolean {
  return bytes.includes('\x1b$B', 0, 'latin1') || bytes.includes('\x1b$@', 0, 'latin1');
}

/** Bytes that no text has in any encoding that extends ASCII: control characters but for white space and escape. */
function hasControls(bytes: Buffer): boolean {
  return bytes.some((byte) => byte < 32 && !(byte >= 9 && byte <= 13) && byte !== 27);
}

/** Bytes that are looked at; more do not make the guess better. */
const enough = 64_000;
/** What people write source in, by jschardet's names, with those the decoder knows. Rarer ones are mostly wrong guesses. */
const usual = new Map([
  ['Windows-1252', 'windows-1252'],
  ['Windows-1250', 'windows-1250'],
  ['Windows-1251', 'windows-1251'],
  ['Windows-1253', 'windows-1253'],
  ['Windows-1254', 'windows-1254'],
  ['KOI8-R', 'koi8-r'],
  ['GB18030', 'gb18030'],
  ['Big5', 'big5'],
  ['EUC-JP', 'euc-jp'],
  ['CP949', 'euc-kr'],
  ['CP932', 'shift_jis'],
]);
const latin = ['Windows-1252', 'Windows-1250', 'Windows-1254'];
const commonest = 'Windows-1252';
/** Guesses that are nearly as sure as the best one say no more than it does; then the commonest encoding is taken. */
const asSure = 5 / 6;

/** The likeliest first. */
async function guesses(bytes: Buffer): Promise<string[]> {
  // A megabyte of tables, needed by few repositories.
  const { detectAll } = await import('jschardet');
  const lines = foreignLines(bytes);
  // Words of other scripts have such letters side by side.
  const isLatin = !lines.some((byte, i) => byte > 127 && (lines[i + 1] ?? 0) > 127);
  const found = detectAll(lines, { detectEncodings: isLatin ? latin : [...usual.keys()] });
  const least = (found[0]?.confidence ?? 0) * asSure;
  const likely = found.filter(({ encoding, confidence }) => encoding === commonest && confidence >= least);
  const names = [...likely, ...found].map(({ encoding }) => usual.get(encoding ?? ''));
  return [...new Set(names)].filter((name) => name !== undefined);
}

/** The lines that are not ASCII alone: the others say nothing, and outweigh them. */
function foreignLines(bytes: Buffer): Buffer {
  const lines: Buffer[] = [];
  let length = 0;
  for (let start = 0; start < bytes.length && length < enough;) {
    const end = bytes.indexOf(10, start);
    const line = bytes.subarray(start, end < 0 ? bytes.length : end + 1);
    start += line.length;
    if (!line.some((byte) => byte > 127)) continue;
    lines.push(line);
    length += line.length;
  }
  return Buffer.concat(lines).subarray(0, enough);
}
