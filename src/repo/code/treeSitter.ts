/**
 * Runs queries over texts with tree-sitter, compiled to WebAssembly. Grammars are loaded when a file first needs them.
 * Source may be hostile: a parse that takes too long is given up. What no limit catches (memory that runs out, a trap)
 * breaks the runtime of the whole process, which is why this is only ever used in a worker (worker.ts).
 */
import { join } from 'node:path';
import { Language, Parser, Query, type Node, type QueryMatch, type Tree } from '@vscode/tree-sitter-wasm';
import type { Captured } from './captures';

const wasmPage = 65_536;
/** Bytes. Every file of llama.cpp up to the largest that is listed, of almost a megabyte, does with this. */
const initialMemory = 512 * wasmPage;
const largestMemory = 8 * initialMemory;

interface Grammar {
  parser: Parser;
  query: Query;
}

export class TreeSitter {
  private readonly grammars = new Map<string, Promise<Grammar>>();

  private constructor(
    private readonly folder: string,
    private readonly memory: WebAssembly.Memory,
  ) {}

  /** @throws when `tree-sitter.wasm` is not in the folder */
  static async create(folder: string): Promise<TreeSitter> {
    const memory = new WebAssembly.Memory({ initial: initialMemory / wasmPage, maximum: largestMemory / wasmPage });
    // What goes wrong is thrown; there is no need to print it as well.
    const options = { locateFile: (file: string) => join(folder, file), wasmMemory: memory, printErr: () => undefined };
    await Parser.init(options);
    return new TreeSitter(folder, memory);
  }

  /** Bytes that are held, whether a tree uses them or not; they never become fewer. */
  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /**
   * @param query in tree-sitter's pattern language, always the same for a grammar
   * @param milliseconds how long it may take
   * @returns undefined when it took longer
   * @throws when the grammar cannot be loaded, and whatever a broken runtime throws
   */
  async capture(grammar: string, query: string, text: string, milliseconds: number): Promise<Captured | undefined> {
    const { query: compiled } = await this.load(grammar, query);
    return this.parsed(grammar, query, text, milliseconds, (tree, late) => run(compiled, tree, late));
  }

  /**
   * Shows the root of a text's tree, which is gone afterwards.
   * @param query of the grammar; not run
   * @param milliseconds how long parsing may take
   * @returns undefined when it took longer
   * @throws as `capture`
   */
  look<T>(grammar: string, query: string, text: string, milliseconds: number, see: (root: Node) => T): Promise<T | undefined> {
    return this.parsed(grammar, query, text, milliseconds, ({ rootNode }) => see(rootNode));
  }

  private async parsed<T>(
    grammar: string,
    query: string,
    text: string,
    milliseconds: number,
    use: (tree: Tree, late: () => boolean) => T,
  ): Promise<T | undefined> {
    const { parser } = await this.load(grammar, query);
    const deadline = performance.now() + milliseconds;
    const late = () => performance.now() > deadline;
    const tree = parser.parse(text, null, { progressCallback: late });
    if (!tree) {
      parser.reset();
      return undefined;
    }
    try {
      return use(tree, late);
    } finally {
      tree.delete();
    }
  }

  private load(grammar: string, query: string): Promise<Grammar> {
    const known = this.grammars.get(grammar);
    if (known) return known;
    const loading = Language.load(join(this.folder, `tree-sitter-${grammar}.wasm`)).then((language) => ({
      parser: new Parser().setLanguage(language),
      query: new Query(language, query),
    }));
    this.grammars.set(grammar, loading);
    return loading;
  }
}

function run(query: Query, tree: Tree, late: () => boolean): Captured | undefined {
  // A query that is stopped finds nothing, as if there were nothing.
  const stop = { asked: false };
  const found = query.matches(tree.rootNode, { progressCallback: () => (stop.asked ||= late()) });
  if (stop.asked) return undefined;
  const captured: Captured = { matches: [], uses: [] };
  for (const match of found) take(match, captured);
  return captured;
}

function take({ patternIndex, captures }: QueryMatch, captured: Captured): void {
  const plain = captures.map(({ name, node }) => ({ name, start: node.startIndex, end: node.endIndex }));
  if (plain[0]?.name === 'use') captured.uses.push(plain[0]);
  else captured.matches.push({ pattern: patternIndex, captures: plain });
}
