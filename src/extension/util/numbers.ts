/** Policy: numbers are shown with two or three significant digits and their unit; exact ones belong in tables. */

const withDigits = (value: number): string => (value < 10 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value).toString());

/** 412, 4.1k, 412k, 1.3M. */
export function shortCount(count: number): string {
  if (count < 1000) return Math.round(count).toString();
  if (count < 999_500) return `${withDigits(count / 1000)}k`;
  return `${withDigits(count / 1_000_000)}M`;
}

/** Bytes with binary units: 512 B, 1.5 KB, 12 MB, 4.7 GB. */
export function shortBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(value).toString() : withDigits(value)} ${units[unit] ?? 'B'}`;
}

/** Seconds as 0.4 s, 12 s, 3 min, 1 h 20 min. */
export function shortSeconds(seconds: number): string {
  if (seconds < 59.5) return `${withDigits(Math.max(0, seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** Thousands separated, for places where the exact number matters. */
export const exactCount = (count: number): string => Math.round(count).toLocaleString('en-US');

/** Date and time of this machine without seconds, `2026-03-04 17:05`: the same everywhere, and it sorts. */
export const dateAndTime = (milliseconds: number): string =>
  new Date(milliseconds).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
