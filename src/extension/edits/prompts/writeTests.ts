/** Tests go into the file that is named, in the style of the tests the repository has already. */
import { fenced, named, quoted, type Place } from './place';

/**
 * @param target path for the tests
 * @param existing the last lines of that file, when it is there already
 */
export function writeTestsPrompt(place: Place, target: string, existing: string | undefined): string {
  const where =
    existing === undefined ? `Put them into the new file ${target}.` : `Add them to ${target}, which ends now with:\n${fenced(existing)}`;
  return `Write tests for ${named(place)}, with the test framework and in the style that this repository uses. Test ordinary cases, borders and wrong input. Do not change the code under test.\n${quoted(place)}${where}`;
}
