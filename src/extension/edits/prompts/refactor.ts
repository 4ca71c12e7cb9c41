/** Policy: a refactoring keeps the behaviour; other files change only where they use what changes. */
import { lines, type Place } from './edit';

export function refactorPrompt(place: Place, instruction: string): string {
  return `Refactor ${lines(place)} of ${place.path} as follows, without changing what the code does. Where other files use what you rename or move, change them too:\n${instruction.trim()}`;
}
