import { expect, it } from 'vitest';
import { asRead } from '../../../../src/extension/languageModel/attachedAsRead';
import type { SidecarClient } from '../../../../src/extension/engine/sidecarClient';

const long = 'x'.repeat(1000);

function clientThat(answer: () => Promise<unknown>) {
  const asked: unknown[] = [];
  const request = (_token: unknown, _how: unknown, _model: unknown, send: (connection: unknown, token: unknown) => unknown) =>
    send({ sendRequest: (_type: unknown, params: unknown) => (asked.push(params), answer()) }, undefined);
  return { asked, client: { request } as unknown as SidecarClient };
}

it('an attachment is what the sidecar reads of it', async () => {
  const { asked, client } = clientThat(() => Promise.resolve({ text: 'cells' }));
  expect(await asRead(client)('a.ipynb', long)).toBe('cells');
  expect(asked).toEqual([{ path: 'a.ipynb', text: long }]);
});

it('a short one is not asked about, and one goes as it is where the sidecar does not answer', async () => {
  const { asked, client } = clientThat(() => Promise.reject(new Error('gone')));
  expect(await asRead(client)('a.ts', 'const a = 1;')).toBe('const a = 1;');
  expect(asked).toEqual([]);
  expect(await asRead(client)('a.ts', long)).toBe(long);
});
