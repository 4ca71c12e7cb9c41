/**
 * The setting `files.encoding` as the sidecar takes it: the names of encodings that decoders know, and of a language the
 * names that its files have. Knows nothing of the editor.
 */
import * as z from 'zod/mini';
import type { ReadRepositoryParams } from '../../protocol';

export type EncodingRules = NonNullable<ReadRepositoryParams['encodings']>;

export interface FolderEncodings {
  /** Absolute. */
  folder: string;
  /** VS Code's name, such as `windows1252`. */
  encoding: string;
  /** Of languages that have a value of their own, by their ids. */
  languages: ReadonlyMap<string, string>;
  /** The setting `files.associations`. */
  associations: Readonly<Record<string, string>>;
}

const contributions = z.object({
  contributes: z.object({
    languages: z.array(
      z.object({ id: z.string(), extensions: z.optional(z.array(z.string())), filenames: z.optional(z.array(z.string())) }),
    ),
  }),
});

/** @param manifests of all extensions @returns by language id: ends of names, and whole names */
export function languagesOf(manifests: readonly unknown[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const manifest of manifests) {
    const parsed = contributions.safeParse(manifest);
    for (const { id, extensions = [], filenames = [] } of parsed.data?.contributes.languages ?? [])
      found.set(id, [...(found.get(id) ?? []), ...extensions, ...filenames]);
  }
  return found;
}

/**
 * @param languagesNow by language id the ends of its files' names, and whole names; asked for when something was set
 * @returns none where every file is taken for UTF-8, as it is when nothing was set
 */
export function encodingRules(
  folders: readonly FolderEncodings[],
  languagesNow: () => ReadonlyMap<string, readonly string[]>,
): EncodingRules {
  const set = folders.flatMap(({ encoding, languages }) => [encoding, ...languages.values()]);
  if (set.every((name) => decoderName(name) === 'utf-8')) return [];
  const languages = languagesNow();
  return folders.flatMap(({ folder, encoding, languages: own, associations }) => [
    ...[...own].map(([id, name]) => {
      const associated = Object.entries(associations).filter(([, language]) => language === id);
      const names = [...associated.flatMap(([pattern]) => plainName(pattern)), ...(languages.get(id) ?? [])];
      return { folder, encoding: decoderName(name), names: names.map((each) => each.toLowerCase()) };
    }),
    { folder, encoding: decoderName(encoding) },
  ]);
}

/** `*.inc` and `**` before a name; other patterns name no files here. */
function plainName(pattern: string): string[] {
  const [, name] = /^(?:\*\*\/)?\*?([^*?[\]{}/]+)$/.exec(pattern) ?? [];
  return name === undefined ? [] : [name];
}

/** What has no rule: https://code.visualstudio.com/docs/editor/codebasics#_file-encoding-support. Unknown names are passed over by the reader. */
const names = new Map([
  ['', 'utf-8'],
  ['utf8', 'utf-8'],
  ['utf8bom', 'utf-8'],
  ['macroman', 'macintosh'],
  ['koi8r', 'koi8-r'],
  ['koi8u', 'koi8-u'],
  ['shiftjis', 'shift_jis'],
  ['eucjp', 'euc-jp'],
  ['euckr', 'euc-kr'],
  ['cp950', 'big5'],
  ['big5hkscs', 'big5'],
  ['cp866', 'ibm866'],
  ['iso885911', 'windows-874'],
]);

/** @param name as VS Code spells it */
export function decoderName(name: string): string {
  const spelled = name
    .replace(/^utf16/, 'utf-16')
    .replace(/^windows/, 'windows-')
    .replace(/^iso8859/, 'iso-8859-');
  return names.get(name) ?? spelled;
}
