/** Policy: sentences come from the extension, translated; here only numbers are put into them. */
export type Strings = Readonly<Record<string, string>>;

/** The sentence for a key with `{0}`, `{1}` … filled in. */
export function words(strings: Strings, key: string, ...values: (string | number)[]): string {
  return (strings[key] ?? '').replace(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
}

export const exact = (count: number): string => Math.round(count).toLocaleString('en-US');

/** Bytes with binary units. */
export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const unit = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** unit;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, '')} ${units[unit] ?? ''}`;
}

/** Seconds with one decimal below ten. */
export const seconds = (count: number): string => `${count < 10 ? count.toFixed(1) : Math.round(count)} s`;

/** A fraction in [0, 1] as percent; small but not nothing is said to be so. */
export function share(fraction: number): string {
  const percent = 100 * fraction;
  if (percent > 0 && percent < 0.5) return '<1%';
  return `${Math.round(percent)}%`;
}
