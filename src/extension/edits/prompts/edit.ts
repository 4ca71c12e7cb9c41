/** The person's words are the task and come last; what else may change is said too. */
import { named, quoted, type Place } from './place';

export function editPrompt(place: Place, instruction: string): string {
  return `Change ${named(place)}, and nothing else unless it must change with them.\n${quoted(place)}The change:\n${instruction.trim()}`;
}
