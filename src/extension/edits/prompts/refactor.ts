/** A refactoring keeps the behaviour; other files change only where they use what changes. */
import { named, quoted, type Place } from './place';

export function refactorPrompt(place: Place, instruction: string): string {
  return `Refactor ${named(place)} without changing what the code does. Where other files use what you rename or move, change them too.\n${quoted(place)}The refactoring:\n${instruction.trim()}`;
}
