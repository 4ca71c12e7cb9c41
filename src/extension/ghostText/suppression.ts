/**
 * When ghost text stays away. Asking for it by hand overrides what is a matter of taste or calm, but not what
 * keeps the text right: trust, a model that can fill in the middle, a document that is code, a size that can be handled.
 * Inside a string it may come: paths and messages are among what it does best. Three things are
 * not here: an input method that composes, during which the editor asks for nothing; a pause of all suggestions, which
 * is the editor's own command; and the battery, of which the editor tells nothing.
 */
import type { DocumentKind } from './documentKind';

export interface TypingSituation {
  /** Asked for by hand, with the editor's own "trigger inline suggestion". */
  explicit: boolean;
  enabled: boolean;
  disabledLanguages: readonly string[];
  /** The setting: whether it may come inside comments. */
  inComments: boolean;
  languageId: string;
  trusted: boolean;
  kind: DocumentKind;
  /** Of the whole document, UTF-16 units. */
  length: number;
  /** Whether the loaded model can fill in the middle, or may be asked to in a chat; undefined while none is loaded. */
  fim: boolean | undefined;
  /** The document is one side of a comparison. */
  comparing: boolean;
  cursors: number;
  selecting: boolean;
  /** What stands behind the cursor, as it is sent. */
  suffix: string;
  /** Of what is sent, UTF-16 units. */
  longestLine: number;
  /** Looked at last, for it reads all that is sent. */
  commenting: () => boolean;
}

export type Suppression =
  | 'untrusted'
  | 'no-fim'
  | 'foreign'
  | 'huge'
  | 'disabled'
  | 'language'
  | 'steering'
  | 'comparing'
  | 'cursors'
  | 'selection'
  | 'mid-word'
  | 'comment';

/** A document larger than this is data, not code being typed; so is one with such lines. UTF-16 units. */
export const hugeDocument = 10_000_000;
export const hugeLine = 10_000;

export function suppression(s: TypingSituation): Suppression | undefined {
  if (!s.trusted) return 'untrusted';
  if (s.fim === false) return 'no-fim';
  if (s.kind === 'foreign') return 'foreign';
  if (s.length > hugeDocument || s.longestLine > hugeLine) return 'huge';
  if (s.explicit) return undefined;
  if (!s.enabled) return 'disabled';
  if (s.disabledLanguages.includes(s.languageId)) return 'language';
  if (s.kind === 'steering') return 'steering';
  if (s.comparing) return 'comparing';
  if (s.cursors > 1) return 'cursors';
  if (s.selecting) return 'selection';
  if (/^[\p{L}\p{N}_$]/u.test(s.suffix)) return 'mid-word';
  if (!s.inComments && s.commenting()) return 'comment';
  return undefined;
}
