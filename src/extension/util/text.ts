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
