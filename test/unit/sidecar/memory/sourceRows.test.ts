import { expect, it } from 'vitest';
import type { FileArchive } from '../../../../src/sidecar/archive/fileArchive';
import type { LoadedModel } from '../../../../src/sidecar/engine/loadedModel';
import type { Disk } from '../../../../src/sidecar/memory/disk';
import { SourceRows } from '../../../../src/sidecar/memory/sourceRows';

/** One token for each character. */
const model = {
  tokenize: (text: string) => Array.from(text, (character) => character.codePointAt(0) ?? 0),
  detokenize: (tokens: number[]) => String.fromCodePoint(...tokens),
};
const text = Array.from({ length: 100 }, (_, i) => `line ${String(i + 1).padStart(3, '0')}\n`).join('');
const entry = { path: 'a.ts', hash: 'h', tokens: text.length + 20 };

function sourceRows({ known = true, rate = null as number | null, now = text } = {}) {
  const archive = { tokensOf: () => (known ? 1 : 0), covers: () => known } as unknown as FileArchive;
  const disk = { catalogue: { files: [entry] }, read: () => Promise.resolve({ entry, text: now }) } as unknown as Disk;
  const loaded = { model, tokens: { fileSeparator: undefined } } as unknown as LoadedModel;
  return new SourceRows(loaded, disk, archive, () => rate);
}

const place = (startLine: number, endLine: number) => {
  const lines = {
    path: 'a.ts',
    startLine,
    endLine,
    text: text
      .split('\n')
      .slice(startLine - 1, endLine)
      .join('\n'),
  };
  return { lines, tokens: lines.text.length };
};

/** Of each place, the tokens that come as rows. */
async function recalled(rows: SourceRows, places: readonly ReturnType<typeof place>[], textTokens?: number) {
  const chosen = await rows.choose(places, textTokens);
  return places.map(({ lines }) => {
    const of = chosen.get(lines);
    if (!of) return undefined;
    const said = String.fromCodePoint(...of.file.subarray(of.from, of.to));
    expect(said, 'the tokens are those of the lines').toBe(`${lines.text}\n`);
    expect(of.tokens).toEqual(of.file.subarray(of.from, of.to));
    return of.to - of.from - of.lead;
  });
}

it('nothing comes as rows where reading it takes no time, or nobody knows what it takes', async () => {
  const places = [place(1, 20), place(50, 90)];
  expect(await recalled(sourceRows(), places)).toEqual([undefined, undefined]);
  expect(await recalled(sourceRows({ rate: 1000 }), places)).toEqual([undefined, undefined]);
});

it('the first tokens of every place are read, short places whole, then the best one that fits', async () => {
  const short = place(7, 8);
  // 17 + 48 + 48 of 200 tokens in two seconds; 87 are left, of which 41 read the second place to its end.
  const places = [place(50, 90), place(1, 10), short];
  expect(await recalled(sourceRows({ rate: 100 }), places)).toEqual([9 * 41 - 48, undefined, undefined]);
  // There is no time for a lead of the last one.
  expect(await recalled(sourceRows({ rate: 30 }), places)).toEqual([9 * 41 - 48, 90 - 12, 18]);
  expect(await recalled(sourceRows(), places, 0)).toEqual([9 * 41, 90, 18]);
});

it('what is not in the archive, or is not as it was, is read', async () => {
  const places = [place(1, 20)];
  expect(await recalled(sourceRows({ known: false }), places, 0)).toEqual([undefined]);
  expect(await recalled(sourceRows({ now: text.replace('line 005', 'line five') }), places, 0)).toEqual([undefined]);
  expect(await recalled(sourceRows({ now: text.replace('line 050', 'line fifty') }), places, 0)).toEqual([20 * 9]);
  const elsewhere = { lines: { ...place(1, 2).lines, path: 'b.ts' }, tokens: 18 };
  expect(await recalled(sourceRows(), [elsewhere], 0)).toEqual([undefined]);
});
