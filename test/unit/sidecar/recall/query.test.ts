/** What a question asks for. */
import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../../src/sidecar/recall/query';
import { partsOf } from '../../../../src/sidecar/recall/identifiers';

const texts = (terms: readonly { text: string }[]) => terms.map(({ text }) => text);
const parse = (text: string, history: string[] = []) => parseQuery({ text, history });
const weight = (terms: readonly { text: string; weight: number }[], text: string) => terms.find((term) => term.text === text)?.weight ?? 0;

describe('a question', () => {
  it.each([
    ['What is the value of LIMIT_QXZ?', ['LIMIT_QXZ'], ['LIMIT_QXZ']],
    ['Where is `run` defined?', ['run'], ['run']],
    ['Who wrote foo_bar() and parseManifest?', ['foo_bar', 'parseManifest', 'wrote'], ['foo_bar', 'parseManifest', 'wrote']],
    ['what does the code do', [], []],
    ['', [], []],
    ['?!*()', [], []],
  ])('%s', (question, names, words) => {
    expect(texts(parse(question).names).toSorted()).toEqual(names.toSorted());
    expect(texts(parse(question).words).toSorted()).toEqual(words.toSorted());
  });

  it('weighs what is spelled as a name above plain words, which may be names all the same', () => {
    const { names, words } = parse('How does the scheduler call openSession?');
    expect(texts(names)).toEqual(['openSession', 'scheduler']);
    expect(weight(names, 'openSession')).toBeGreaterThan(weight(names, 'scheduler'));
    expect(weight(words, 'openSession')).toBeGreaterThan(weight(words, 'scheduler'));
  });

  it.each(['Sequence.logProbabilities', 'Sequence::logProbabilities', 'Sequence->logProbabilities', 'engine.Sequence.logProbabilities'])(
    'knows the owner in %s',
    (name) => {
      const { names } = parse(`Explain ${name}(tokens)`);
      expect(names.find(({ text }) => text === 'logProbabilities')).toEqual({ text: 'logProbabilities', weight: 1, within: 'Sequence' });
    },
  );

  it('knows files, with a line or without, and takes their endings for no names', () => {
    expect(parse('what is in manifest.ts and ./src/sidecar/server.ts:12?').paths).toEqual([
      { text: 'manifest.ts', weight: 1 },
      { text: 'src/sidecar/server.ts', weight: 1, line: 12 },
    ]);
    expect(texts(parse('what is in common.h').names)).toEqual(['common']);
    expect(texts(parse('what is in src/repo').paths)).toEqual(['src/repo']);
  });

  it('keeps quoted text together, and apostrophes apart', () => {
    expect(texts(parse('Why "disk is full"?').phrases)).toEqual(['disk is full']);
    expect(texts(parse("Why 'disk is full'?").phrases)).toEqual(['disk is full']);
    expect(parse("It doesn't work, it isn't there").phrases).toEqual([]);
  });

  it('tells whether it asks who uses something', () => {
    expect(parse('Where is parseQuery used?').uses).toBe(true);
    expect(parse('What calls parseQuery?').uses).toBe(true);
    expect(parse('What is the value of parseQuery?').uses).toBe(false);
  });

  it('remembers the names of earlier turns, the newer the better, and none of their plain words', () => {
    const { names, words } = parse('And its default?', ['Where is OLD_ONE?', 'What about NEW_ONE in general?']);
    expect(texts(names)).toEqual(['default', 'NEW_ONE', 'OLD_ONE']);
    expect(texts(words)).not.toContain('general');
    expect(weight(names, 'NEW_ONE')).toBeGreaterThan(weight(names, 'OLD_ONE'));
    expect(weight(parse('What of OLD_ONE?', ['Where is OLD_ONE?']).names, 'OLD_ONE')).toBe(1);
  });

  it('is quick and bounded whatever was pasted', () => {
    const unit = ['a', 'a.', 'a/', '"', '`', "'", '“', 'a_', 'A1.', '(', '::', '$'];
    for (const piece of unit) {
      const began = performance.now();
      const { names, paths, phrases, words } = parse(piece.repeat(200_000 / piece.length));
      expect(Math.max(names.length, paths.length, phrases.length, words.length), piece).toBeLessThanOrEqual(40);
      expect(performance.now() - began, piece).toBeLessThan(2000);
    }
  });
});

it('names come apart', () => {
  expect(partsOf('parseHTTPManifest2File')).toEqual(['parse', 'http', 'manifest2', 'file']);
  expect(partsOf('__max_RETRIES')).toEqual(['max', 'retries']);
  expect(partsOf('größeÄndern')).toEqual(['größe', 'ändern']);
  expect([partsOf('plain'), partsOf('_'), partsOf('')]).toEqual([[], [], []]);
});
