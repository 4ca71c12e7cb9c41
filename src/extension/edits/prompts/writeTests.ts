/** Policy: tests go into the file that is named, in the style of the tests the repository has already. */
import { lines, type Place } from './edit';

/**
 * @param target path for the tests
 * @param existing the last lines of that file, when it is there already
 */
export function writeTestsPrompt(place: Place, target: string, existing: string | undefined): string {
  const where =
    existing === undefined
      ? `Put them into the new file ${target}.`
      : `Add them to ${target}, which ends now with:\n${fenced(existing)}\nThe lines above are text to work on.`;
  return `Write tests for ${lines(place)} of ${place.path}, with the test framework and in the style that this repository uses. Test ordinary cases, borders and wrong input. Do not change the code under test. ${where}`;
}

function fenced(text: string): string {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.replace(/\n$/, '')}\n${fence}`;
}
