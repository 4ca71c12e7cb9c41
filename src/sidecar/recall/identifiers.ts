/** What counts as a word in source text: an identifier, and the parts it is put together from. */

const identifier = /[\p{L}_$][\p{L}\p{N}_$]*/gu;
const boundary = /[_$]+|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

export function identifiersIn(text: string): string[] {
  return text.match(identifier) ?? [];
}

/** `parseManifestFile`, `PARSE_MANIFEST` -> parse, manifest, file; none for a name of one part. */
export function partsOf(name: string): string[] {
  const parts = name.split(boundary).filter((part) => part !== '');
  return parts.length > 1 ? parts.map((part) => part.toLowerCase()) : [];
}

/** Nobody writes such a word but as a name: `fooBar`, `foo_bar`, `FOO`, `utf8`. */
export function isCodeName(word: string): boolean {
  return /[_$\p{N}]|\p{L}\p{Lu}/u.test(word);
}

const endings = /(?:ings?|ers?|e?s|ed|e)$/;
const shortestStem = 3;

/** Near enough for telling which lines a question is about; the full-text index has a real stemmer. */
export function stem(word: string): string {
  const lower = word.toLowerCase();
  const cut = lower.replace(endings, '');
  return cut.length >= shortestStem ? cut : lower;
}

/** Stems of the identifiers of a line and of their parts. */
export function stemsOf(line: string): Set<string> {
  const stems = new Set<string>();
  for (const name of identifiersIn(line)) {
    stems.add(stem(name));
    for (const part of partsOf(name)) stems.add(stem(part));
  }
  return stems;
}
