/** A manifest as the editor shows it: every string that is `%key%` as a whole becomes the text of that key. */
export function translated(value: unknown, texts: Readonly<Record<string, unknown>>): unknown {
  if (typeof value === 'string') {
    const key = /^%([^%]+)%$/.exec(value)?.[1];
    return key === undefined ? value : texts[key];
  }
  if (Array.isArray(value)) return value.map((each) => translated(each, texts));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, translated(each, texts)]));
}
