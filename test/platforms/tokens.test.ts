/** The same tokens on every platform that runs here: in llama.cpp's own cache, where everything fits, and with compactions. */
import { beforeAll, describe, expect, it } from 'vitest';
import { guestOf, here, tokensOf, type Tokens } from './guests';

let linux: Tokens;
beforeAll(async () => (linux = await tokensOf(here)));

it('this machine evicts, and where it need not, its tokens are those of the own cache', () => {
  expect([linux.own.compactions, linux.fits.compactions, linux.evicts.compactions > 5]).toEqual([0, 0, true]);
  expect(linux.fits.out).toEqual(linux.own.out);
  expect(linux.evicts.out).not.toEqual(linux.own.out);
  expect(linux.same[0]).toBe(linux.same[1]);
  expect(linux.same[1]).toBeGreaterThan(90);
  expect(linux.refused.join()).not.toContain('accepted');
});

describe.each(['win32-x64', 'linux-arm64'])('%s', (target) => {
  const guest = guestOf(target);

  it.skipIf(!guest?.command)(
    'reads and writes the same tokens, compacts as often, and refuses the same in the same words',
    async () => {
      const found = await tokensOf(guest!);
      expect(found).toEqual({ ...linux, platform: target });
    },
    550_000,
  );
});
