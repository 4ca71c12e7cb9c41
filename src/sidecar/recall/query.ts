/**
 * What a question asks for: names that somebody wrote as names, files, quoted text, and the plain words that carry
 * meaning. Whatever it holds is data: nothing in it has a meaning of its own to the index.
 */
import type { RecallQuery } from './types';
import { identifiersIn, isCodeName } from './identifiers';

export interface Term {
  text: string;
  /** 0 (exclusive) to 1. */
  weight: number;
}

export interface Name extends Term {
  /** What it is said to be defined in: the name before the last dot. */
  within?: string;
}

export interface NamedFile extends Term {
  /** `src/a.ts:12` */
  line?: number;
}

export interface QueryTerms {
  /** To be looked up among the definitions. */
  names: Name[];
  /** A file's name or the end of its path. */
  paths: NamedFile[];
  /** Several words in this order. */
  phrases: Term[];
  /** To be looked up in the text; the names are among them. */
  words: Term[];
  /** Whether the places that mention a name are asked for, beside the one that defines it. */
  uses: boolean;
}

/** Weights: a name somebody marked or spelled as one; a plain word; a plain word that may be a name. */
const asName = 1;
const asWord = 0.5;
const perhapsName = 0.4;
/** Of the newest turn before the question; half of it for the one before, and so on. */
const historyWeight = 0.3;
const turnsRemembered = 4;
/** The heaviest; a question can be a pasted file. */
const mostTerms = 40;
const longestTerm = 200;
/** Characters at each end: what is asked stands before or after what was pasted. */
const lookedAt = 10_000;
const shortestWord = 3;

// What questions about code are made of, whatever they are about.
const stopWords = new Set(
  (
    'the and for are was were been being has have had does did doing not but what which who whom whose when where why how that this these ' +
    'those there here with without from into onto over under about above below between through during before after again then than too ' +
    'very can could may might must shall should will would you your yours our ours they them their its itself his her all any both each ' +
    'few more most other some such only own same just also because while until please tell show explain find give make use used uses ' +
    'using get gets work works value values mean means called call calls code file files function functions class classes method methods ' +
    'variable variables constant constants defined define defines definition implemented implement implementation repository project line lines'
  ).split(' '),
);

// Each begins where a run of its characters begins: tried at every place, a long run would take its length squared.
const quoted = /(?<!`)`+([^`\n]+)`+|"([^"\n]+)"|“([^“”\n]+)”|(?<!\w)'([^'\n]+)'(?!\w)/g;
const path = /(?<![\w@+.-])((?:[\w@+.-]+\/)+[\w@+.-]*\w|[\w@+-]+(?:\.[\w@+-]+)*\.[A-Za-z]\w{0,7}\b)(?::(\d{1,7}))?/g;
const qualified = /(?<![\p{L}\p{N}_$])(?:[\p{L}_$][\p{L}\p{N}_$]*(?:\.|::|->|#))+[\p{L}_$][\p{L}\p{N}_$]*/gu;
const called = /(?<![\p{L}\p{N}_$])([\p{L}_$][\p{L}\p{N}_$]*)\(/gu;
/** `manifest.ts` is a file, `manifest.read` is not. */
const fileName =
  /\.(?:[cm]?[jt]sx?|py|rs|go|h|hh|hpp|c|cc|cpp|cu|m|cs|java|kt|rb|php|swift|lua|json|ya?ml|toml|md|txt|sh|bat|html?|s?css|sql|xml|ini|cfg|cmake|proto|vue|svelte)$/i;
const asksForUses = /\b(?:us(?:es?|ed|ages?|ing)|call(?:s|ed|ers?|ing)|refer(?:s|red|ences?)|depends? on|imports?|imported)\b/i;
const oneName = /^([\p{L}_$][\p{L}\p{N}_$]*)(?:\([^()]*\))?;?$/u;

export function parseQuery({ text, history = [] }: Pick<RecallQuery, 'text' | 'history'>): QueryTerms {
  const found = new Found();
  const asked = endsOf(text);
  found.read(asked, 1);
  const uses = asksForUses.test(asked);
  history
    .slice(-turnsRemembered)
    .toReversed()
    .forEach((turn, i) => found.readNames(endsOf(turn), historyWeight / 2 ** i));
  return { ...found.terms(), uses };
}

function endsOf(text: string): string {
  return text.length <= 2 * lookedAt ? text : `${text.slice(0, lookedAt)}\n${text.slice(-lookedAt)}`;
}

class Found {
  private readonly names = new Map<string, Name>();
  private readonly paths = new Map<string, NamedFile>();
  private readonly phrases = new Map<string, Name>();
  private readonly words = new Map<string, Name>();

  read(text: string, weight: number): void {
    for (const match of text.matchAll(quoted)) {
      const content = (match[1] ?? match[2] ?? match[3] ?? match[4] ?? '').trim();
      const [, name] = oneName.exec(content) ?? [];
      if (name !== undefined) this.name(name, asName * weight);
      else if (/\s/.test(content) && identifiersIn(content).length > 1) add(this.phrases, content, asName * weight);
    }
    this.readNames(text, weight);
    for (const word of identifiersIn(text)) {
      if (isCodeName(word) || word.length < shortestWord || stopWords.has(word.toLowerCase())) continue;
      add(this.words, word, asWord * weight);
      add(this.names, word, perhapsName * weight);
    }
  }

  /** Only what nobody writes by chance. */
  readNames(text: string, weight: number): void {
    for (const [, file = '', line] of text.matchAll(path)) this.file(file.replace(/^\.?\/+/, ''), asName * weight, line);
    for (const [match] of text.matchAll(qualified)) {
      if (fileName.test(match)) continue;
      const [name = '', within = ''] = identifiersIn(match).toReversed();
      this.name(name, asName * weight, within);
      this.name(within, asWord * weight);
    }
    for (const [, name = ''] of text.matchAll(called)) this.name(name, asName * weight);
    for (const name of identifiersIn(text)) if (isCodeName(name)) this.name(name, asName * weight);
  }

  terms(): Omit<QueryTerms, 'uses'> {
    return { names: heaviest(this.names), paths: heaviest(this.paths), phrases: heaviest(this.phrases), words: heaviest(this.words) };
  }

  private file(text: string, weight: number, line: string | undefined): void {
    if (text.length > longestTerm) return;
    const key = `${text}:${line ?? ''}`;
    if (!this.paths.has(key)) this.paths.set(key, { text, weight, ...(line === undefined ? {} : { line: Number(line) }) });
  }

  private name(text: string, weight: number, within?: string): void {
    add(this.names, text, weight, within);
    add(this.words, text, weight);
  }
}

function add(terms: Map<string, Name>, text: string, weight: number, within?: string): void {
  if (text === '' || text.length > longestTerm) return;
  const known = terms.get(text);
  const inside = within ?? known?.within;
  terms.set(text, { text, weight: Math.max(weight, known?.weight ?? 0), ...(inside === undefined ? {} : { within: inside }) });
}

function heaviest<T extends Term>(terms: Map<string, T>): T[] {
  return [...terms.values()].toSorted((a, b) => b.weight - a.weight).slice(0, mostTerms);
}
