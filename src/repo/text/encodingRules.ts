/** What the editor was told that files are written in, by folder and name. It is asked last: see decodeText.ts. */
import { basename } from 'node:path';
import { realFolders } from '../listFolders';

export interface EncodingRule {
  /** Absolute; the folder that a file was listed from. */
  folder: string;
  /** WHATWG name. */
  encoding: string;
  /** Ends of file names, such as `.py`, or whole names, in lower case; absent: all. */
  names?: readonly string[] | undefined;
}

/** @returns the encoding of a file by the first rule that names it */
export async function encodingLookup(rules: readonly EncodingRule[]): Promise<(folder: string, path: string) => string | undefined> {
  const real = await Promise.all(rules.map(async (rule) => ({ ...rule, folder: (await realFolders([rule.folder]))[0] })));
  return (folder, path) => {
    const name = basename(path).toLowerCase();
    const isNamed = (known: string) => name === known || (known.startsWith('.') && name.endsWith(known));
    return real.find((rule) => rule.folder === folder && (rule.names?.some(isNamed) ?? true))?.encoding;
  };
}
