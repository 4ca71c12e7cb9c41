/** Documentation says what a reader cannot see: purpose, units, errors; the code itself stays as it is. */
import { named, quoted, type Place } from './place';

export function writeDocsPrompt(place: Place): string {
  return `Write documentation comments for what is declared in ${named(place)}, in the form this language and this repository use. Say what it is for, what goes in and out, and which errors there are. Do not repeat the signature in words, and do not change any code.\n${quoted(place)}`.trimEnd();
}
