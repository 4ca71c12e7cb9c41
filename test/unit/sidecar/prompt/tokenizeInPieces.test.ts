/** Long texts, piece by piece: nothing is lost, others get their turn, and no more is counted than is asked for. */
import { expect, test } from 'vitest';
import { Cancelled } from '../../../../src/sidecar/errors';
import { pieceLength, tokenizeInPieces } from '../../../../src/sidecar/prompt/tokenizeInPieces';

/** One token a character; remembers what it was given. */
function characters() {
  const given: string[] = [];
  const tokenize = (text: string) => {
    given.push(text);
    return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  };
  return { model: { tokenize } as unknown as Parameters<typeof tokenizeInPieces>[0], given };
}
const textOf = (tokens: Uint32Array) => [...tokens].map((token) => String.fromCharCode(token)).join('');
const lines = 'export const value = 1;\n'.repeat(10_000);

test('a short text is one piece, a long one is cut at the ends of lines', async () => {
  const { model, given } = characters();
  expect(textOf(await tokenizeInPieces(model, 'a\nb'))).toBe('a\nb');
  expect(given.splice(0)).toEqual(['a\nb']);
  expect(textOf(await tokenizeInPieces(model, lines))).toBe(lines);
  expect(given.length).toBeGreaterThan(5);
  for (const piece of given) expect([piece.length <= pieceLength, piece.endsWith('\n')]).toEqual([true, true]);
});

test('a line that is longer than a piece is cut between two characters', async () => {
  const { model, given } = characters();
  for (const text of ['🦜'.repeat(pieceLength), `x${'🦜'.repeat(pieceLength)}`, 'y'.repeat(3 * pieceLength + 1)]) {
    expect(textOf(await tokenizeInPieces(model, text))).toBe(text);
    for (const piece of given.splice(0))
      expect([piece.length <= pieceLength, /^[\udc00-\udfff]|[\ud800-\udbff]$/.test(piece)]).toEqual([true, false]);
  }
});

test('others get their turn between the pieces, and can stop it', async () => {
  const { model, given } = characters();
  const stop = new AbortController();
  setImmediate(() => setImmediate(() => stop.abort(new Cancelled())));
  await expect(tokenizeInPieces(model, lines, { signal: stop.signal })).rejects.toThrow('cancelled');
  expect(given.length).toBeLessThan(4);
});

test('it ends soon after as many tokens as are wanted', async () => {
  const { model, given } = characters();
  expect((await tokenizeInPieces(model, lines, { most: 10 })).length).toBeGreaterThan(10);
  expect(given).toHaveLength(1);
});
