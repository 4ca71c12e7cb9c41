/**
 * Numbers as people read them: the only formatter of counts, sizes, durations and dates for the command line, the
 * extension and the webviews. Two or three significant digits and the unit; exact numbers belong in tables.
 * It imports nothing, so that every layer may use it.
 */

const withDigits = (value: number): string => (value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value).toString());

/** 412, 4.1k, 412k, 1.3M. */
export function shortCount(count: number): string {
  if (count < 999.5) return Math.round(count).toString();
  if (count < 999_500) return `${withDigits(count / 1000)}k`;
  return `${withDigits(count / 1_000_000)}M`;
}

/** Thousands separated, for places where the exact number matters: 1,234,567. */
export const exactCount = (count: number): string => Math.round(count).toLocaleString('en-US');

/** One and many, so that nobody reads "1 files": `counted(1, 'file')` is "1 file", `counted(2, 'file')` "2 files". */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${exactCount(count)} ${Math.round(count) === 1 ? one : many}`;

/** SI units, 1 kB = 1000 bytes, as file managers and disk makers count: 512 B, 1.5 kB, 12 MB, 4.7 GB. */
export function shortBytes(bytes: number): string {
  let value = Math.round(bytes);
  let unit = 'B';
  for (const next of ['kB', 'MB', 'GB', 'TB']) {
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return `${withDigits(value)} ${unit}`;
}

/** Seconds as 0.4 s, 12 s, 3 min, 1 h 20 min. */
export function shortSeconds(seconds: number): string {
  if (seconds < 59.5) return `${withDigits(Math.max(0, seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** Date and time of this machine without seconds, `2026-03-04 17:05`: the same everywhere, and it sorts. */
export const dateAndTime = (milliseconds: number): string =>
  new Date(milliseconds).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
