/** A problem is quoted as the tool reported it, on one line, and the smallest change that fixes it is asked for. */
import { named, quoted, type Place } from './place';

const longestMessage = 400;
const mostProblems = 10;

/** @param problems messages of language servers and linters; text to work on, so none gets more than its line */
export function fixPrompt(place: Place, problems: readonly string[]): string {
  const list = problems.slice(0, mostProblems).map((problem) => `- ${problem.replace(/\s+/g, ' ').trim().slice(0, longestMessage)}`);
  return `These problems were reported at ${named(place)}:\n${list.join('\n')}\n${quoted(place)}Mend them with the smallest change. Do not silence them.`;
}
