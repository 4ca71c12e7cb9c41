/** What is defined where, by name: exactly as written first, in any case only when there is none. */
import type { Definition, DefinitionKind } from '../../repo';
import type { Database, Statement } from './sqlite';

export interface DefinedSymbol extends Pick<Definition, 'name' | 'startLine' | 'nameLine' | 'signatureEndLine' | 'endLine'> {
  file: number;
  /** Name of what it is defined in, or ''. */
  container: string;
  /** 0 to 1: how likely this is the one that was meant. */
  share: number;
}

/** Of a name with more definitions than these, none stands out. */
const mostDefinitions = 24;
/** Names with certain letters that are found; a list shows fewer. */
const mostLike = 50;
/** Letters; who types more looks for no name. */
const longestQuery = 200;
const otherCaseShare = 0.6;
const elsewhereShare = 0.5;
/** A definition that others can name before one that only its surroundings know. */
const kindShares = { variable: 0.7, field: 0.7 } satisfies Partial<Record<DefinitionKind, number>>;

export class SymbolTable {
  private readonly insert: Statement;
  private readonly erase: Statement;
  private readonly exact: Statement;
  private readonly folded: Statement;
  private readonly lettered: Statement;

  constructor(database: Database) {
    database.exec(`
      CREATE TABLE symbol(file INTEGER, name TEXT, folded TEXT, container TEXT, share REAL, first INTEGER, at INTEGER, head INTEGER, last INTEGER);
      CREATE INDEX symbol_name ON symbol(name);
      CREATE INDEX symbol_folded ON symbol(folded);
      CREATE INDEX symbol_file ON symbol(file);
    `);
    const columns = 'file, name, container, share, first, at, head, last';
    this.insert = database.prepare('INSERT INTO symbol VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.erase = database.prepare('DELETE FROM symbol WHERE file = ?');
    this.exact = database.prepare(`SELECT ${columns} FROM symbol WHERE name = ? ORDER BY share DESC, file, first LIMIT ${mostDefinitions}`);
    this.folded = database.prepare(
      `SELECT ${columns} FROM symbol WHERE folded = ? ORDER BY share DESC, file, first LIMIT ${mostDefinitions}`,
    );
    this.lettered = database.prepare(`
      SELECT ${columns} FROM symbol WHERE folded LIKE ?1 ESCAPE '\\' AND (?4 IS NULL OR file = ?4)
      ORDER BY name = ?3 DESC, substr(folded, 1, length(?2)) = ?2 DESC, instr(folded, ?2) > 0 DESC, length(name), share DESC, name, file, first
      LIMIT ${mostLike}`);
  }

  /** @param file only there */
  like(query: string, file?: number): DefinedSymbol[] {
    // SQLite ends a text at a zero byte.
    if (query.length > longestQuery || query.includes('\0')) return [];
    const folded = query.toLowerCase();
    const letters = `%${Array.from(folded, (letter) => (/[%_\\]/.test(letter) ? `\\${letter}` : letter)).join('%')}%`;
    return rows(this.lettered, [letters, folded, query, file ?? null]);
  }

  add(file: number, definitions: readonly Definition[]): void {
    for (const { name, kind, within, startLine, nameLine, signatureEndLine, endLine } of definitions) {
      const share = kind === 'variable' || kind === 'field' ? kindShares[kind] : 1;
      const row = [file, name, name.toLowerCase(), within.at(-1) ?? '', share, startLine, nameLine, signatureEndLine, endLine];
      this.insert.bind(row).stepReset();
    }
  }

  remove(file: number): void {
    this.erase.bind([file]).stepReset();
  }

  /** @param container what the name was said to be in; a definition elsewhere counts less */
  named(name: string, container?: string): DefinedSymbol[] {
    let found = rows(this.exact, [name]);
    if (found.length === 0)
      found = rows(this.folded, [name.toLowerCase()]).map((symbol) => ({ ...symbol, share: symbol.share * otherCaseShare }));
    const inside = (symbol: { container: string }) => container === undefined || symbol.container === container;
    const many = Math.sqrt(Math.max(1, found.filter(inside).length || found.length));
    return found.map((symbol) => ({ ...symbol, share: (symbol.share * (inside(symbol) ? 1 : elsewhereShare)) / many }));
  }
}

function rows(statement: Statement, values: (string | number | null)[]): DefinedSymbol[] {
  const found: DefinedSymbol[] = [];
  statement.bind(values);
  while (statement.step()) {
    const text = (column: number) => statement.getString(column) ?? '';
    const line = (column: number) => statement.getInt(column) ?? 1;
    found.push({
      file: line(0),
      name: text(1),
      container: text(2),
      share: statement.getFloat(3) ?? 0,
      startLine: line(4),
      nameLine: line(5),
      signatureEndLine: line(6),
      endLine: line(7),
    });
  }
  statement.reset();
  return found;
}
