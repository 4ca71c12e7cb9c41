/** The text of an ignore or attributes file, as git takes it: a plain file, never a link; undefined where there is none. */
import { readAt } from '../readText';

/** Bytes; what a larger one excludes would be read. */
const largest = 64_000_000;

export async function ruleFile(path: string): Promise<string | undefined> {
  try {
    const read = await readAt(path, largest);
    return 'exact' in read ? read.exact : undefined;
  } catch {
    return undefined;
  }
}
