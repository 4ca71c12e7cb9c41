/**
 * The names that the import statements of a text mention, in any of the languages that have such statements: a line that
 * begins like one, and the lines after it as long as a bracket is open. A name too many costs a look-up and no more.
 */
import { identifiersIn } from './identifiers';

const importing = /^\s*(?:import\b|from\s+\S+\s+import\b|use\s+[\w:\\{]|using\s+[\w.]|export\s.*\bfrom\b|(?:const|let|var)\b.*\brequire\()/;
/** Lines; imports that go on longer are a list made by a machine. */
const longest = 60;

export function importedNames(lines: readonly string[]): string[] {
  const names = new Set<string>();
  let depth = 0;
  let left = 0;
  for (const line of lines) {
    if (depth <= 0 && importing.test(line)) left = longest;
    else if (depth <= 0 || left-- <= 0) {
      depth = 0;
      continue;
    }
    for (const name of identifiersIn(line)) names.add(name);
    depth = Math.max(0, depth + (line.match(/[{(]/g)?.length ?? 0) - (line.match(/[})]/g)?.length ?? 0));
  }
  return [...names];
}
