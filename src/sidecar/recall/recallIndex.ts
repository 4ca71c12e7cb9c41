/**
 * The exact text of the files, in memory: a table of what is defined where, and a full-text index over their pieces, in
 * SQLite. A name that is defined comes first, then a file that is named, then text that mentions the rarest words most.
 */
import type { IndexedSymbol } from '../../protocol';
import type { Definition, FileCode } from '../../repo';
import { chunksOf } from './chunks';
import { freePart } from './lineRanges';
import { definitionPassage, Interest, mentionPassage, type Passage } from './passages';
import { plainDefinitions } from './plainDefinitions';
import { parseQuery, type QueryTerms } from './query';
import { openDatabase } from './sqlite';
import { SymbolTable, type DefinedSymbol } from './symbolTable';
import { TextIndex } from './textIndex';
import { identifiersIn } from './identifiers';
import type { RecallCandidate, Present, RecallIndex, RecallQuery } from './types';

/** Scores of the best there can be of each kind. */
const definedScore = 100;
const namedFileScore = 60;
const mentionedScore = 40;
/** Where a question asks who uses something. */
const usedScore = 80;
/** Of a definition's score, for the lines in it that other words of the question are on. */
const insideShare = 0.5;
/** Of a definition's score, for what its value is made of: `const A = B` is answered by the line that defines B. */
const followedShare = 0.55;
/** Lines of a definition that is followed; in a longer one the names say little about its value. */
const longestFollowed = 3;
const mostFollowed = 3;
const mostFilesNamed = 8;
const headLines = 16;
const linesBeforeNamed = 5;
const mostCandidates = 48;

interface IndexedFile {
  id: number;
  lines: readonly string[];
}

/** @throws BonsaiError `engine-failed` when SQLite cannot be loaded */
export async function createRecallIndex(): Promise<RecallIndex> {
  const database = await openDatabase();
  return new MemoryIndex(new SymbolTable(database), new TextIndex(database), () => database.close());
}

class MemoryIndex implements RecallIndex {
  private readonly known = new Map<string, IndexedFile>();
  private readonly paths = new Map<number, string>();
  private nextId = 1;

  constructor(
    private readonly symbolTable: SymbolTable,
    private readonly texts: TextIndex,
    readonly close: () => void,
  ) {}

  get files(): number {
    return this.known.size;
  }

  has(path: string): boolean {
    return this.known.has(path);
  }

  put(path: string, text: string, code: FileCode | undefined): void {
    this.remove(path);
    const lines = text.split(/\r\n|\n|\r/);
    if (lines.at(-1) === '') lines.pop();
    const definitions = (code?.definitions ?? plainDefinitions(lines)).map((definition) => within(definition, lines.length));
    const id = this.nextId++;
    this.known.set(path, { id, lines });
    this.paths.set(id, path);
    this.symbolTable.add(id, definitions);
    this.texts.add(id, path, lines, chunksOf(lines, code ? definitions : []));
  }

  remove(path: string): void {
    const file = this.known.get(path);
    if (!file) return;
    this.known.delete(path);
    this.paths.delete(file.id);
    this.symbolTable.remove(file.id);
    this.texts.remove(file.id);
  }

  search(query: RecallQuery): RecallCandidate[] {
    const terms = parseQuery(query);
    const interest = new Interest(terms.words, terms.phrases);
    return distinct([...this.defined(terms, interest), ...this.named(terms), ...this.mentioned(terms, interest)], query.present);
  }

  definitionsOf(names: readonly string[], present?: Present): RecallCandidate[] {
    const found = names.flatMap((name, i) =>
      this.symbolTable.named(name).flatMap(({ file, share, ...definition }) => {
        const passage = definitionPassage(definition);
        return this.candidate(file, passage, `defines ${definition.name}`, (definedScore * share) / (i + 1));
      }),
    );
    return distinct(found, present);
  }

  symbols(query: string, path?: string): IndexedSymbol[] {
    const file = path === undefined ? undefined : this.known.get(path)?.id;
    if (path !== undefined && file === undefined) return [];
    return this.symbolTable.like(query, file).flatMap(({ file: id, name, startLine, nameLine, endLine }) => {
      const at = this.paths.get(id);
      return at === undefined ? [] : [{ name, path: at, startLine, nameLine, endLine }];
    });
  }

  private defined({ names }: QueryTerms, interest: Interest): RecallCandidate[] {
    return names.flatMap(({ text, weight, within: container }) =>
      this.symbolTable.named(text, container).flatMap((definition) => {
        const { file, share } = definition;
        const score = definedScore * weight * share;
        const whole = definitionPassage(definition);
        const head = this.candidate(file, whole, `defines ${definition.name}`, score);
        if (whole.endLine >= definition.endLine) return [...head, ...this.followed(file, definition, score * followedShare)];
        const rest = { startLine: whole.endLine + 1, endLine: definition.endLine };
        return [...head, ...this.mention(file, rest, interest, score * insideShare)];
      }),
    );
  }

  /** Definitions of the names that a short definition is made of, one step far. */
  private followed(file: number, { name, nameLine, endLine }: DefinedSymbol, score: number): RecallCandidate[] {
    if (endLine - nameLine >= longestFollowed) return [];
    const used = new Set(
      identifiersIn(
        this.linesOf(file)
          .slice(nameLine - 1, endLine)
          .join('\n'),
      ),
    );
    used.delete(name);
    return [...used]
      .flatMap((other) => this.symbolTable.named(other).filter((symbol) => symbol.name === other && symbol.container === ''))
      .slice(0, mostFollowed)
      .flatMap(({ file: at, share, ...definition }) =>
        this.candidate(at, definitionPassage(definition), `defines ${definition.name}, used by ${name}`, score * share),
      );
  }

  /** The line that was named with it, else the beginning of the file, which says what it is about. */
  private named({ paths }: QueryTerms): RecallCandidate[] {
    return paths.flatMap(({ text, weight, line = 1 }) => {
      const ending = `/${text}`;
      const files = [...this.known].filter(([path]) => path === text || path.endsWith(ending)).slice(0, mostFilesNamed);
      return files.flatMap(([, { id, lines }]) => {
        const startLine = Math.max(1, line - linesBeforeNamed);
        const passage = { startLine, endLine: Math.min(startLine + headLines - 1, lines.length), at: line };
        return this.candidate(id, passage, line > 1 ? `is ${text}:${line}` : `is ${text}`, namedFileScore * weight);
      });
    });
  }

  private mentioned(terms: QueryTerms, interest: Interest): RecallCandidate[] {
    const best = terms.uses ? usedScore : mentionedScore;
    return this.texts.matching(terms).flatMap(({ file, share, ...chunk }) => this.mention(file, chunk, interest, best * share));
  }

  private mention(file: number, chunk: { startLine: number; endLine: number }, interest: Interest, score: number): RecallCandidate[] {
    const lines = this.linesOf(file);
    const passage = mentionPassage(lines, chunk, interest);
    if (!passage) return [];
    const terms = interest.termsOf(lines.slice(passage.startLine - 1, passage.endLine)).slice(0, 3);
    return this.candidate(file, passage, `mentions ${terms.join(', ')}`, score);
  }

  private candidate(file: number, passage: Passage, why: string, score: number): RecallCandidate[] {
    const path = this.paths.get(file);
    const lines = this.linesOf(file);
    const trimmed = withoutBlankEnds(lines, passage);
    if (path === undefined || !trimmed) return [];
    return [{ path, ...trimmed, text: lines.slice(trimmed.startLine - 1, trimmed.endLine).join('\n'), why, score }];
  }

  private linesOf(file: number): readonly string[] {
    return this.known.get(this.paths.get(file) ?? '')?.lines ?? [];
  }
}

function withoutBlankEnds(lines: readonly string[], { startLine, endLine, at }: Passage): Passage | undefined {
  const blank = (line: number) => (lines[line - 1] ?? '').trim() === '';
  while (startLine <= endLine && blank(startLine)) startLine++;
  while (endLine > startLine && blank(endLine)) endLine--;
  return startLine > endLine ? undefined : { startLine, endLine, at: Math.min(Math.max(at, startLine), endLine) };
}

/** Lines that do not exist are nobody's. */
function within(definition: Definition, lines: number): Definition {
  const line = (value: number, least: number) => Math.min(Math.max(value, least), Math.max(1, lines));
  const startLine = line(definition.startLine, 1);
  const nameLine = line(definition.nameLine, startLine);
  const endLine = line(definition.endLine, nameLine);
  return { ...definition, startLine, nameLine, endLine, signatureEndLine: Math.min(line(definition.signatureEndLine, nameLine), endLine) };
}

/** Best first; what a better one has, or the prompt, is taken off. */
function distinct(candidates: RecallCandidate[], present: Present = []): RecallCandidate[] {
  const kept: RecallCandidate[] = [];
  for (const candidate of candidates.toSorted((a, b) => b.score - a.score)) {
    if (kept.length >= mostCandidates) break;
    const part = freePart(candidate, [...present, ...kept]);
    if (!part) continue;
    const lines = candidate.text.split('\n').slice(part.startLine - candidate.startLine, part.endLine - candidate.startLine + 1);
    kept.push({ ...part, text: lines.join('\n') });
  }
  return kept;
}
