import { describe, expect, test } from 'vitest';
import { behindOf, heldFiles } from '../../../../src/sidecar/memory/held';
import { endOf, firstUnclean, journalOf, replacedIn, truthOf, upTo } from '../../../../src/sidecar/memory/log';
import type { Segment } from '../../../../src/sidecar/memory/manifest';
import { cheapestUpdate, renewal, renewalDue, updateFrom, type CurrentFile, type Update } from '../../../../src/sidecar/memory/update';

const head: Segment = { kind: 'head', path: '', hash: '', start: 0, end: 10 };

/** `a1:100` is the file a in version 1 with 100 tokens; `-a` the word that a is gone. */
function log(...words: string[]): Segment[] {
  const segments = [head];
  for (const word of words) {
    const start = endOf(segments);
    if (word.startsWith('-')) segments.push({ kind: 'removed', path: word.slice(1), hash: '', start, end: start + 16 });
    else segments.push({ kind: 'file', path: word[0]!, hash: word[1]!, start, end: start + Number(word.split(':')[1]) });
  }
  return segments;
}
function files(...words: string[]): CurrentFile[] {
  return words.map((word) => ({ path: word[0]!, hash: word[1]!, tokens: Number(word.split(':')[1]) }));
}
const read = ({ readings }: Update) =>
  readings.map(({ kind, path, hash, from }) => `${kind === 'file' ? '' : '-'}${path}${hash}${from > 0 ? `+${from}` : ''}`);

describe('going on after what was read', () => {
  test('nothing changed, nothing to read', () => {
    const update = updateFrom(log('a1:100', 'b1:50'), 160, files('a1:100', 'b1:50'));
    expect(update).toMatchObject({ position: 160, readings: [], tokensToRead: 0 });
  });

  test('a changed file, a new one and a removed one are appended in reading order', () => {
    const update = updateFrom(log('a1:100', 'b1:50', 'c1:10'), 170, files('d1:5', 'a2:90', 'b1:50'));
    expect(read(update)).toEqual(['d1', 'a2', '-c']);
    expect(update.tokensToRead).toBe(5 + 90 + 16);
  });

  test('a file that was cut goes on first, from its last token', () => {
    const segments = log('a1:100', 'b1:50');
    const update = updateFrom(segments, 130, files('c1:20', 'a1:100', 'b1:50'));
    expect(read(update)).toEqual(['b1+20', 'c1']);
    expect(update.tokensToRead).toBe(30 + 20);
    expect(update.kept.at(-1)).toMatchObject({ path: 'b', start: 110, end: 130 });
  });

  test('a cut file that has changed since is read from its beginning', () => {
    expect(read(updateFrom(log('a1:100', 'b1:50'), 130, files('a1:100', 'b2:60')))).toEqual(['b2']);
  });

  test('a removal is said once, and a file that comes back is read again', () => {
    expect(read(updateFrom(log('a1:100', '-a'), 126, files('b1:5')))).toEqual(['b1']);
    expect(read(updateFrom(log('a1:100', '-a'), 126, files('a1:100')))).toEqual(['a1']);
  });

  test('a file changed back to what it was before is read again, for its newest version counts', () => {
    expect(read(updateFrom(log('a1:100', 'a2:90'), 200, files('a1:100')))).toEqual(['a1']);
  });
});

test('a file to be pinned is read once more, and then it is as it should be; without the wish it may stay pinned', () => {
  const pinned: CurrentFile[] = [{ path: 'a', hash: '1', tokens: 100, pinned: true }];
  const plain = log('a1:100');
  expect(read(updateFrom(plain, 110, pinned))).toEqual(['a1']);
  expect(behindOf(plain, { files: pinned } as never, true)).toEqual(['a']);
  const done = [...plain, { kind: 'file' as const, path: 'a', hash: '1', start: 110, end: 210, pinned: true as const }];
  expect(updateFrom(done, 210, pinned).readings).toEqual([]);
  expect(behindOf(done, { files: pinned } as never, true)).toEqual([]);
  expect(updateFrom(done, 210, files('a1:100')).readings).toEqual([]);
  expect(read(updateFrom(done, 210, [{ path: 'a', hash: '2', tokens: 90, pinned: true }]))).toEqual(['a2']);
});

test('changed lines keep a file pinned only where the rest of it is', () => {
  const changedSince = () => ({ lines: [{ startLine: 1, endLine: 2 }], tokens: 9 });
  const file: CurrentFile = { path: 'a', hash: '2', tokens: 100, pinned: true, changedSince };
  const pinned: Segment[] = [head, { kind: 'file', path: 'a', hash: '1', start: 10, end: 110, pinned: true }];
  expect(updateFrom(pinned, 110, [file]).readings.map(({ kind }) => kind)).toEqual(['lines']);
  expect(updateFrom(log('a1:100'), 110, [file]).readings.map(({ kind }) => kind)).toEqual(['file']);
  const lines: Segment = { kind: 'lines', path: 'a', hash: '2', start: 110, end: 120 };
  expect(updateFrom([...pinned, { ...lines, pinned: true }], 120, [file]).readings).toEqual([]);
  expect(updateFrom([...pinned, lines], 120, [file]).readings.map(({ kind }) => kind)).toEqual(['file']);
});

test('a renewal goes back before a file that is to be pinned and is not', () => {
  const both: CurrentFile[] = [...files('a1:100'), { path: 'b', hash: '1', tokens: 50, pinned: true }];
  expect(read(renewal(log('a1:100', 'b1:50'), [50, 110, 160], both))).toEqual(['b1']);
  expect(renewal(log('a1:100', 'b1:50'), [50, 110, 160], both).position).toBe(110);
});

test('a file is read again when that is asked for, whatever the log says; one that is gone is not', () => {
  const update = updateFrom(log('a1:100', 'b1:50'), 160, files('a1:100', 'b1:50'), ['b', 'nowhere']);
  expect(read(update)).toEqual(['b1']);
  expect(update.tokensToRead).toBe(50);
});

test('of several points the one that leaves least to read is taken, the farthest of equals', () => {
  const segments = log('a1:100', 'b1:50', 'c1:10');
  expect(cheapestUpdate(segments, [110, 160, 170], files('a1:100', 'b1:50', 'c2:10'))).toMatchObject({ position: 170, tokensToRead: 10 });
  // What is not in the repository any more costs a word at the later point, nothing at the earlier one.
  expect(cheapestUpdate(segments, [110, 160, 170], files('a1:100', 'b1:50'))).toMatchObject({ position: 160, tokensToRead: 0 });
  expect(cheapestUpdate(segments, [500], files('a1:100')).position).toBe(0);
});

describe('renewal', () => {
  test('goes back before the first change and reads everything behind it', () => {
    const segments = log('a1:100', 'b1:50', 'c1:10', 'b2:60');
    const update = renewal(segments, [60, 110, 170, 230], files('a1:100', 'c1:10', 'b2:60'));
    expect(update.position).toBe(110);
    expect(read(update)).toEqual(['c1', 'b2']);
    expect(replacedIn(update.kept)).toEqual([]);
  });

  test('sees a change that has not been read yet', () => {
    expect(renewal(log('a1:100', 'b1:50'), [60, 110, 160], files('a2:100', 'b1:50')).position).toBe(0);
    expect(renewal(log('a1:100', 'b1:50'), [110, 160], files('a1:100', 'b2:50')).position).toBe(110);
  });

  test('is due when it is cheap, or when the journal has earned it, and never without a journal', () => {
    const update = (tokensToRead: number): Update => ({ position: 0, kept: [], readings: [], tokensToRead });
    expect(renewalDue(update(40), { total: 1000, journal: 1 })).toBe(true);
    expect(renewalDue(update(60), { total: 1000, journal: 1 })).toBe(false);
    expect(renewalDue(update(900), { total: 1000, journal: 225 })).toBe(true);
    expect(renewalDue(update(0), { total: 1000, journal: 0 })).toBe(false);
  });
});

describe('a change of a few lines', () => {
  const small = (...words: string[]) =>
    files(...words).map((file): CurrentFile => ({
      ...file,
      changedSince: (from, held) => (from === '1' && (held ?? 100) >= 100 ? { lines: [], tokens: 7 } : undefined),
    }));

  test('is read alone, and the file it is in still counts', () => {
    const update = updateFrom(log('a1:100', 'b1:50'), 160, small('a2:101', 'b1:50'));
    expect(update).toMatchObject({ tokensToRead: 7, readings: [{ kind: 'lines', path: 'a', hash: '2' }] });
    const after = apply(update);
    expect(replacedIn(after)).toEqual([]);
    expect(journalOf(after)).toEqual({ files: 1, tokens: 7 });
    expect(firstUnclean(after)).toBe(10);
    expect(heldFiles(after, 167).map(({ path, replaced }) => [path, replaced])).toEqual([
      ['a', false],
      ['b', false],
      ['a', false],
    ]);
    // The whole file, read again later, replaces both.
    const whole = apply(updateFrom(after, 167, files('a3:90', 'b1:50')));
    expect(replacedIn(whole).map(({ kind }) => kind)).toEqual(['file', 'lines']);
  });

  test('in a file of which a part was never read makes it be read whole', () => {
    expect(read(updateFrom(log('a1:100'), 60, small('a2:101')))).toEqual(['a2']);
  });

  test('that was cut is no version of the file', () => {
    const after = apply(updateFrom(log('a1:100', 'b1:50'), 160, small('a2:101', 'b1:50')));
    const stopped = upTo(after, 163);
    expect(truthOf(stopped).get('a')).toMatchObject({ kind: 'lines', hash: '' });
    expect(read(updateFrom(stopped, 163, small('a2:101', 'b1:50')))).toEqual(['a2']);
  });
});

test('the first unclean token is that of a replaced file or of a removal', () => {
  expect(firstUnclean(log('a1:100', 'b1:50'))).toBe(160);
  expect(firstUnclean(log('a1:100', 'b1:50', 'b2:50'))).toBe(110);
  expect(firstUnclean(log('a1:100', 'b1:50', '-b'))).toBe(110);
});

test('what is held names files, the replaced ones too, and cuts the last', () => {
  const segments = log('a1:100', 'b1:50', 'a2:30');
  expect(heldFiles(segments, 175)).toEqual([
    { path: 'a', hash: '1', start: 10, end: 110, replaced: true },
    { path: 'b', hash: '1', start: 110, end: 160, replaced: false },
    { path: 'a', hash: '2', start: 160, end: 175, replaced: false },
  ]);
  expect(journalOf(segments)).toEqual({ files: 1, tokens: 30 });
});

test('behind are files changed and gone; new ones only when everything else has been read', () => {
  const now = {
    files: files('a2:100', 'c1:5').map((file) => ({
      ...file,
      folder: '',
      file: { path: file.path, absolutePath: '', bytes: 1, mtimeMs: 0 },
    })),
  };
  expect(behindOf(log('a1:100', 'b1:50'), now, true)).toEqual(['a', 'b', 'c']);
  expect(behindOf(log('a1:100', 'b1:50'), now, false)).toEqual(['a', 'b']);
});

/** A small generator (mulberry32), so that a failure can be repeated. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Equal contents have equal lengths. */
const lengthOf = (path: string, hash: string) => 5 + 7 * Number(hash) + path.charCodeAt(0);

/** What a reader would record. */
function apply(update: Update): Segment[] {
  const segments = update.position === 0 ? [head] : [...update.kept];
  for (const { kind, path, hash, tokens, from } of update.readings) {
    const last = segments.at(-1)!;
    if (from > 0) segments[segments.length - 1] = { ...last, end: last.end + tokens };
    else segments.push({ kind, path, hash, start: endOf(segments), end: endOf(segments) + tokens });
  }
  return segments;
}

test('property: after any changes, stops and restarts an update makes the log true, and a renewal makes it clean', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const next = random(seed);
    const below = (n: number) => Math.floor(next() * n);
    const disk = new Map<string, CurrentFile>();
    const touch = () => {
      const path = 'abcdefgh'[below(8)]!;
      if (next() < 0.25) disk.delete(path);
      else disk.set(path, { path, hash: String(below(3)), tokens: 1 });
      for (const file of disk.values()) {
        file.tokens = lengthOf(file.path, file.hash);
        file.changedSince = (from, held) =>
          /\d/.test(from) && from !== file.hash && Number(from) + Number(file.hash) < 3 && (held ?? Infinity) >= lengthOf(file.path, from)
            ? { lines: [{ startLine: 1, endLine: 2 }], tokens: 3 }
            : undefined;
      }
    };
    let segments: Segment[] = [];
    for (let step = 0; step < 12; step++) {
      for (let i = below(4); i > 0; i--) touch();
      const now = [...disk.values()];
      const points = Array.from({ length: 3 }, () => below(endOf(segments) + 1));
      const clean = next() < 0.4;
      const update = clean ? renewal(segments, points, now) : cheapestUpdate(segments, [...points, endOf(segments)], now);
      segments = apply(update);
      for (const [i, segment] of segments.entries()) expect(segment.start).toBe(i === 0 ? 0 : segments[i - 1]!.end);
      const truth = truthOf(segments);
      for (const { path, hash, tokens } of now) {
        expect(truth.get(path)).toMatchObject({ kind: expect.stringMatching(/^(file|lines)$/) as string, hash });
        if (truth.get(path)!.kind === 'file') expect(truth.get(path)!.end - truth.get(path)!.start).toBe(tokens);
        // Lines say something only beside the whole file that they were changed in.
        const base = segments.findLast((segment) => segment.path === path && segment.kind !== 'lines')!;
        expect(base.kind).toBe('file');
        expect(base.end - base.start).toBe(lengthOf(path, base.hash));
      }
      for (const [path, { kind }] of truth) if (!disk.has(path)) expect(kind).toBe('removed');
      if (clean) expect(firstUnclean(segments)).toBe(endOf(segments));
      // Stopped somewhere: only what was decoded is known.
      if (next() < 0.3) segments = upTo(segments, below(endOf(segments) + 1));
    }
  }
});
