/**
 * The tokens and the order in which one model fills in the middle: those of its family, with the ids that the GGUF
 * declares where it does; of an unknown family the declared ones, the prefix first, which is what most were taught.
 */
import type { Token } from 'node-llama-cpp';
import { infillFamilies, type InfillFamily } from './families';

export interface InfillFormat {
  prefix: number;
  suffix: number;
  /** Absent: the answer follows the text before the cursor directly. */
  middle?: number | undefined;
  order: InfillFamily['order'];
  pathInside: boolean;
  /** See InfillFamily. */
  goesOn: boolean;
  /** Ends an answer. */
  end?: number | undefined;
}

export interface InfillVocabulary {
  tokens: { infill: { prefix: Token | null; suffix: Token | null; middle: Token | null } };
}

/**
 * @param spelled the special token of a spelling, if the vocabulary has it
 * @param name of the model, as its file says
 */
export function infillFormat(
  { tokens: { infill: declared } }: InfillVocabulary,
  spelled: (text: string) => number | undefined,
  name: string,
): InfillFormat | undefined {
  for (const family of infillFamilies) {
    if (family.named && !family.named.test(name)) continue;
    if (family.beside !== undefined && spelled(family.beside) === undefined) continue;
    const prefix = spelled(family.prefix);
    const suffix = spelled(family.suffix);
    const middle = family.middle === undefined ? undefined : spelled(family.middle);
    if (prefix === undefined || suffix === undefined || (family.middle !== undefined && middle === undefined)) continue;
    const { order, pathInside = false, goesOn = false } = family;
    return {
      prefix: declared.prefix ?? prefix,
      suffix: declared.suffix ?? suffix,
      middle: family.middle === undefined ? undefined : (declared.middle ?? middle),
      order,
      pathInside,
      goesOn,
      end: family.end === undefined ? undefined : spelled(family.end),
    };
  }
  const { prefix, suffix, middle } = declared;
  if (prefix === null || suffix === null || middle === null) return undefined;
  return { prefix, suffix, middle, order: 'prefix-suffix', pathInside: false, goesOn: false };
}
