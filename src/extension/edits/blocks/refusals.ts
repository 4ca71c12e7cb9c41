/** Whatever is refused is refused with a sentence that names the reason and, where there is one, the way out. */
import { fenced, type Translate } from '../../util/text';

export type RefusalCode =
  // the file
  | 'no-path'
  | 'outside'
  | 'git-folder'
  | 'bad-name'
  | 'through-link'
  | 'not-a-file'
  | 'read-only'
  | 'binary'
  | 'too-large'
  | 'missing'
  | 'exists'
  // the place in it
  | 'too-short'
  | 'not-found'
  | 'ambiguous'
  | 'indentation'
  // the new text
  | 'elision'
  | 'hidden-characters'
  | 'no-change'
  | 'overlap'
  | 'rewrite'
  // the block itself
  | 'cut-off'
  | 'nested'
  | 'dividers'
  | 'stray'
  | 'too-long'
  | 'too-many';

export interface Refusal {
  /** As the model wrote it; empty when it named none. */
  path: string;
  code: RefusalCode;
}

export function sentence(code: RefusalCode, t: Translate): string {
  switch (code) {
    case 'no-path':
      return t('The change names no file.');
    case 'outside':
      return t('The path is not a relative path inside the workspace.');
    case 'git-folder':
      return t("Git's own files are never changed.");
    case 'bad-name':
      return t('The path contains invisible, forbidden or misleading characters.');
    case 'through-link':
      return t('The path leaves the workspace through a link.');
    case 'not-a-file':
      return t('The path names something that is not a file.');
    case 'read-only':
      return t('The file is read-only.');
    case 'binary':
      return t('The file is not text.');
    case 'too-large':
      return t('The file is too large to be edited this way.');
    case 'missing':
      return t('There is no such file in the workspace.');
    case 'exists':
      return t('The file already exists and is not empty, and the change does not say which lines it replaces.');
    case 'too-short':
      return t('The text to replace is too short to name one place.');
    case 'not-found':
      return t('The text to replace is not in the file. It may have changed since; ask again.');
    case 'ambiguous':
      return t('The text to replace is in the file more than once. Select the lines that you mean and ask again.');
    case 'indentation':
      return t('The indentation of the new lines does not fit the lines that they replace.');
    case 'elision':
      return t('The change leaves lines out with a placeholder, which would delete them.');
    case 'hidden-characters':
      return t('The new text contains invisible or control characters.');
    case 'no-change':
      return t('The change would not alter the file.');
    case 'overlap':
      return t('The change overlaps another proposed change.');
    case 'rewrite':
      return t('The change would rewrite most of a long file. Select the lines that you mean and ask again.');
    case 'cut-off':
      return t('The answer ended in the middle of the change.');
    case 'nested':
      return t('Another change begins in the middle of the change.');
    case 'dividers':
      return t('It is unclear where the old text ends and the new text begins.');
    case 'stray':
      return t('It is unclear where the new text ends.');
    case 'too-long':
      return t('The change is too long.');
    case 'too-many':
      return t('The answer contains too many changes; the rest was ignored.');
  }
}

/** One line for a message: `src/a.ts: The file is read-only.` */
export function refusalLine({ path, code }: Refusal, t: Translate): string {
  return path === '' ? sentence(code, t) : `${shown(path)}: ${sentence(code, t)}`;
}

/** The whole report as a markdown document: what was refused and why, and what the model wrote, as it wrote it. */
export function refusalReport(refusals: readonly Refusal[], answer: string, t: Translate): string {
  const list = refusals.map((refusal) => `- ${refusalLine(refusal, t).replace(/[\\`*_[\]<>#]/g, '\\$&')}`);
  const head = refusals.length > 0 ? [`# ${t('Refused changes')}`, '', ...list, ''] : [];
  return [...head, `# ${t('What the model wrote')}`, '', fenced(answer), ''].join('\n');
}

/** A path the model wrote, made harmless to show: no control or direction signs, no line of its own length. */
function shown(path: string): string {
  return path.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '�').slice(0, 120);
}
