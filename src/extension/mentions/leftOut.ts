/** What did not fit is named: single files one by one, the files of a folder in one sentence. */
import type { Translate } from '../util/text';

/** Names of a folder's files that are said; the others are counted. */
const named = 5;

/** @param left paths that did not fit, with the folder that was mentioned in place of the file itself */
export function leftOutNotes(left: readonly { path: string; folder?: string | undefined }[], t: Translate): string[] {
  const folders = [...new Set(left.flatMap(({ folder }) => folder ?? []))];
  return [
    ...left.filter(({ folder }) => folder === undefined).map(({ path }) => t('{0} is too long for this model and was left out.', path)),
    ...folders.map((folder) => {
      const paths = left.filter((each) => each.folder === folder).map(({ path }) => path);
      const names = paths.slice(0, named).join(', ');
      const more = paths.length - named;
      return t('Not all of {0} fits. Left out: {1}.', folder, more > 0 ? t('{0} and {1} more', names, more) : names);
    }),
  ];
}
