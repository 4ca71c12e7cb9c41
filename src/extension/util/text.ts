/**
 * Pure code never imports vscode, so it is handed the translation function. In the editor that is
 * `vscode.l10n.t`; in unit tests it is `untranslated`.
 */
export type Translate = (message: string, ...values: (string | number)[]) => string;

/** Fills `{0}`, `{1}` … the way `vscode.l10n.t` does, without translating. */
export const untranslated: Translate = (message, ...values) =>
  message.replace(/\{(\d+)\}/g, (whole, index: string) => {
    const value = values[Number(index)];
    return value === undefined ? whole : String(value);
  });

/** In a fence that nothing in the text can close. */
export function fenced(text: string): string {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.replace(/\n$/, '')}\n${fence}`;
}
