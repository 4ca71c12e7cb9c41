/**
 * Policy: when ghost text stays away. Asking for it by hand overrides taste (switched off, language, mid-word, size)
 * but not trust, and not a model that cannot fill in the middle.
 */
export interface TypingSituation {
  /** Asked for by hand, with the editor's own "trigger inline suggestion". */
  explicit: boolean;
  enabled: boolean;
  disabledLanguages: readonly string[];
  languageId: string;
  trusted: boolean;
  /** The line after the cursor. */
  lineAfter: string;
  /** Lines of the document. */
  lines: number;
  /** Whether the loaded model can fill in the middle; undefined while none is loaded. */
  fim: boolean | undefined;
  /** Whether an entry of the suggestion list is selected: both at once confuse. */
  listOpen: boolean;
}

export type Suppression = 'untrusted' | 'no-fim' | 'disabled' | 'language' | 'huge' | 'mid-word' | 'list-open';

/** Documents with more lines than this are data, not code being typed. */
export const hugeLines = 50_000;

export function suppression(s: TypingSituation): Suppression | undefined {
  if (!s.trusted) return 'untrusted';
  if (s.fim === false) return 'no-fim';
  if (s.explicit) return undefined;
  if (!s.enabled) return 'disabled';
  if (s.disabledLanguages.includes(s.languageId)) return 'language';
  if (s.lines > hugeLines) return 'huge';
  if (/^[\p{L}\p{N}_$]/u.test(s.lineAfter)) return 'mid-word';
  if (s.listOpen) return 'list-open';
  return undefined;
}
