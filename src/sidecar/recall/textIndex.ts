/**
 * Full-text search over the pieces of the files (FTS5, BM25). Identifiers are words as they are; the parts they are put
 * together from, and the file's path, are searched beside them. Only the index is kept, the text itself is elsewhere.
 */
import type { Chunk } from './chunks';
import type { QueryTerms } from './query';
import type { Database, Statement } from './sqlite';
import { identifiersIn, partsOf } from './identifiers';

export interface FoundChunk extends Chunk {
  file: number;
  /** 0 to 1, the best one has 1. */
  share: number;
}

const mostChunks = 32;
/** The question's own words, then those of earlier turns. */
const weightClasses = [
  { least: 0.5, share: 1 },
  { least: 0, share: 0.3 },
];

export class TextIndex {
  private readonly insertChunk: Statement;
  private readonly insertText: Statement;
  private readonly eraseTexts: Statement;
  private readonly eraseChunks: Statement;
  private readonly match: Statement;
  private nextChunk = 1;

  constructor(database: Database) {
    // bm25: words of the text, parts of its identifiers, words of the path.
    database.exec(`
      CREATE TABLE chunk(id INTEGER PRIMARY KEY, file INTEGER, first INTEGER, last INTEGER);
      CREATE INDEX chunk_file ON chunk(file);
      CREATE VIRTUAL TABLE chunk_text USING fts5(words, parts, path, content='', contentless_delete=1, tokenize="porter unicode61 tokenchars '_$'");
      INSERT INTO chunk_text(chunk_text, rank) VALUES ('rank', 'bm25(1.0, 0.5, 2.0)');
    `);
    this.insertChunk = database.prepare('INSERT INTO chunk VALUES (?, ?, ?, ?)');
    this.insertText = database.prepare('INSERT INTO chunk_text(rowid, words, parts, path) VALUES (?, ?, ?, ?)');
    this.eraseTexts = database.prepare('DELETE FROM chunk_text WHERE rowid IN (SELECT id FROM chunk WHERE file = ?)');
    this.eraseChunks = database.prepare('DELETE FROM chunk WHERE file = ?');
    this.match = database.prepare(`
      SELECT chunk.file, chunk.first, chunk.last, chunk_text.rank FROM chunk_text JOIN chunk ON chunk.id = chunk_text.rowid
      WHERE chunk_text MATCH ? ORDER BY chunk_text.rank LIMIT ${mostChunks}`);
  }

  add(file: number, path: string, lines: readonly string[], chunks: readonly Chunk[]): void {
    const pathWords = words(path);
    for (const { startLine, endLine } of chunks) {
      const id = this.nextChunk++;
      const text = lines.slice(startLine - 1, endLine).join('\n');
      const parts = new Set([...new Set(identifiersIn(text))].flatMap(partsOf));
      this.insertChunk.bind([id, file, startLine, endLine]).stepReset();
      this.insertText.bind([id, text, [...parts].join(' '), pathWords]).stepReset();
    }
  }

  remove(file: number): void {
    this.eraseTexts.bind([file]).stepReset();
    this.eraseChunks.bind([file]).stepReset();
  }

  /** Best first. */
  matching(terms: QueryTerms): FoundChunk[] {
    const all = [...terms.words, ...terms.phrases];
    return weightClasses.flatMap(({ least, share }, i) => {
      const below = weightClasses[i - 1]?.least ?? Infinity;
      const expression = all
        .filter(({ weight }) => weight >= least && weight < below)
        .map(({ text }) => `"${text.replaceAll('"', '""').replaceAll('\0', ' ')}"`)
        .join(' OR ');
      return expression === '' ? [] : this.find(expression, share);
    });
  }

  private find(expression: string, share: number): FoundChunk[] {
    const found: (FoundChunk & { rank: number })[] = [];
    this.match.bind([expression]);
    while (this.match.step()) {
      const number = (column: number) => this.match.getInt(column) ?? 0;
      found.push({ file: number(0), startLine: number(1), endLine: number(2), share, rank: this.match.getFloat(3) ?? 0 });
    }
    this.match.reset();
    // bm25 is negative, the best one least.
    const best = found[0]?.rank ?? 0;
    return found.map(({ rank, ...chunk }) => ({ ...chunk, share: best === 0 ? share : (share * rank) / best }));
  }
}

/** Names as they are and their parts. */
function words(text: string): string {
  const names = identifiersIn(text);
  return [...names, ...names.flatMap(partsOf)].join(' ');
}
