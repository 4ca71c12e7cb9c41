import { beforeAll, describe, expect, it } from 'vitest';
import { descriptionOf, drawItems, parametersOf, withoutName, type AnalysedFile } from '../../../../src/bench/repository/draw';
import { taskNames, type ChoiceItem, type Items } from '../../../../src/bench/repository/items';
import { plant } from '../../../../src/bench/repository/planting';
import { createCodeAnalyser, type Definition } from '../../../../src/repo';
import { seeded } from '../../../../src/sidecar/random';
import { grammarsFolder } from '../../../../src/sidecar/bundleRoot';

const topics = ['parcel', 'ledger', 'beacon', 'orchard', 'turbine', 'cellar', 'voyage', 'mosaic', 'rivet', 'canyon', 'plaza', 'summit'];
const title = (word: string) => word[0]!.toUpperCase() + word.slice(1);

/** Twelve files, each with a constant, a described function, and a call of the next file's function. */
const sources = topics.map((topic, i) => {
  const next = topics[(i + 1) % topics.length]!;
  return {
    path: `src/${topic}.ts`,
    text: [
      `import { sort${title(next)} } from './${next}';`,
      `export const ${topic}Ceiling = ${3000 + 17 * i};`,
      `/** Puts the ${topic} entries into ascending sequence before anybody looks at them again. */`,
      `export function sort${title(topic)}(entries: ${title(topic)}[], depth${i}: number) {`,
      `  return sort${title(next)}(entries, depth${i} - 1);`,
      '}',
      '',
    ].join('\n'),
  };
});

let files: AnalysedFile[];
let items: Items;
beforeAll(async () => {
  const analyser = await createCodeAnalyser({ grammars: grammarsFolder });
  files = await Promise.all(sources.map(async ({ path, text }) => ({ path, text, code: await analyser.analyse(path, text) })));
  const planted = plant(sources, { pairs: 5, singles: 5 }, seeded(1));
  items = drawItems({ ...planted, files, places: [], count: 8, tasks: taskNames, random: seeded(1) });
});

const right = ({ choices, right: at }: ChoiceItem) => choices[at];
const choicesOf = (task: 'signatures' | 'needle' | 'callers') => items[task].filter((item): item is ChoiceItem => item.kind === 'choice');

describe('items of a repository', () => {
  it('asks for constants whose value stands on the line that the oracle is given', () => {
    expect(items.constants).toHaveLength(8);
    for (const item of items.constants) {
      if (item.kind !== 'exact') throw new Error(item.kind);
      expect(item.where[0]?.text).toContain(item.answer);
      expect(item.question).not.toContain(item.answer);
    }
  });

  it('offers each right answer once among distinct choices, at places that differ', () => {
    for (const [task, count] of [
      ['signatures', 4],
      ['needle', 10],
      ['callers', 4],
    ] as const) {
      expect(choicesOf(task).length, task).toBeGreaterThan(4);
      for (const item of choicesOf(task)) expect(new Set(item.choices).size, item.id).toBe(count);
      expect(new Set(choicesOf(task).map((item) => item.right)).size, task).toBeGreaterThan(1);
    }
  });

  it('describes a function without a word of its name', () => {
    for (const item of choicesOf('needle')) {
      const topic = right(item)!.replace('sort', '').toLowerCase();
      expect(item.question.toLowerCase()).not.toContain(topic);
      expect(item.where[0]?.text).toContain(right(item));
    }
  });

  it('names the one file that calls a function, not the one that defines it', () => {
    for (const item of choicesOf('callers')) {
      const name = /function (\w+)\?/.exec(item.question)![1]!;
      const caller = sources.filter(({ text }) => new RegExp(`return ${name}\\(`).test(text)).map(({ path }) => path);
      expect(caller).toEqual([right(item)]);
      expect(item.choices).not.toContain(`src/${name.replace('sort', '').toLowerCase()}.ts`);
    }
  });

  it('gives the oracle both files of a pair', () => {
    for (const item of items['two-hop']) expect(new Set(item.where.map(({ path }) => path)).size).toBe(2);
    expect(items['two-hop'].length).toBeGreaterThan(3);
  });

  it('puts five questions into a conversation', () => {
    expect(items.turns.length).toBeGreaterThan(0);
    for (const item of items.turns) expect(item.kind === 'turns' && item.turns).toHaveLength(5);
  });

  it('asks of the tasks wanted alone', () => {
    const some = drawItems({ files, pairs: [], singles: [], places: [], count: 3, tasks: ['callers'], random: seeded(1) });
    expect(taskNames.filter((task) => some[task].length > 0)).toEqual(['callers']);
  });
});

describe('what is read out of a function', () => {
  const definition = (over: Partial<Definition>): Definition => ({
    name: 'go',
    kind: 'function',
    within: [],
    startLine: 1,
    nameLine: 1,
    signatureEndLine: 1,
    endLine: 3,
    ...over,
  });

  it('takes parameters over several lines, nested brackets included', () => {
    const lines = ['function go(', '  a: [number, string],', '  { b, c }: Options,', ') {'];
    expect(parametersOf({ lines, definition: definition({ signatureEndLine: 4 }) })).toBe('a: [number, string], { b, c }: Options');
    expect(parametersOf({ lines: ['function go('], definition: definition({}) })).toBeUndefined();
    expect(parametersOf({ lines: ['const go = 1;'], definition: definition({}) })).toBeUndefined();
  });

  it('takes a comment before it, or the string that begins its body', () => {
    expect(
      descriptionOf({
        lines: ['/**', ' * Opens it.', ' */', 'function go() {'],
        definition: definition({ nameLine: 4, signatureEndLine: 4 }),
      }),
    ).toBe('Opens it.');
    expect(descriptionOf({ lines: ['def go():', '    """Opens it."""', '    pass'], definition: definition({}) })).toBe('Opens it.');
    expect(descriptionOf({ lines: ['def go():', '    pass'], definition: definition({}) })).toBe('');
  });

  it('removes a name whole and in parts, whatever word it is in', () => {
    expect(withoutName('Reads files; readFiles is a reader of profiles.', 'readFiles')).toBe('… …; … is a … of ….');
    expect(withoutName('costs $x', '$x')).toBe('costs $x');
  });
});
