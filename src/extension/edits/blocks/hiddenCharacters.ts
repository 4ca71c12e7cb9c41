/**
 * What a person accepts must be what they saw. Characters that reorder or hide text ("Trojan Source",
 * CVE-2021-42574) and control characters never come in by an edit; joiners that scripts and emoji need are fine.
 */

// Soft hyphen, Arabic letter mark, zero-width space, direction marks, line and paragraph separators, bidirectional
// controls, invisible operators, byte order mark, interlinear annotations, tags, halves of
// surrogate pairs; and the control characters but tab and form feed. A carriage return alone is one of them: editors take it
// for a line end.
const hidden =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B\u000D-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}\p{Cs}]/u;

export function hasHiddenCharacters(text: string): boolean {
  return hidden.test(text);
}

export function withoutHiddenCharacters(text: string): string {
  return text.replace(new RegExp(hidden, 'gu'), '');
}

/** Whether one name mixes Latin letters with letters of another script that look like them. */
export function mixesScripts(name: string): boolean {
  return /\p{Script=Latin}/u.test(name) && /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(name);
}
