/** Policy: the problem is quoted as the tool reported it, one line each, and the smallest change that mends it is asked for. */
import { lines, type Place } from './edit';

const longestMessage = 400;
const mostProblems = 10;

/** @param problems messages of language servers and linters; text to work on, so they are kept on their lines */
export function fixPrompt(place: Place, problems: readonly string[]): string {
  const list = problems.slice(0, mostProblems).map((problem) => `- ${problem.replace(/\s+/g, ' ').trim().slice(0, longestMessage)}`);
  return `These problems were reported at ${lines(place)} of ${place.path}:\n${list.join('\n')}\nMend them with the smallest change. Do not silence them.`;
}
