/** Sentences come from the extension, translated; here only numbers are put into them. */
export type Strings = Readonly<Record<string, string>>;

/** The sentence for a key with `{0}`, `{1}` … filled in. */
export function words(strings: Strings, key: string, ...values: (string | number)[]): string {
  return (strings[key] ?? '').replace(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
}

/** A fraction in [0, 1] as percent; small but not nothing is said to be so. */
export function share(fraction: number): string {
  const percent = 100 * fraction;
  if (percent > 0 && percent < 0.5) return '<1%';
  return `${Math.round(percent)}%`;
}
