/** What hangs behind a file that has come: the downloader's own record is cut off, anything else is refused. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkDownload } from '../../../../src/sidecar/models/checkDownload';

const model = readFileSync(resolve(import.meta.dirname, '../../../../media/bonsai-demo-q8_0.gguf'));
const folder = mkdtempSync(join(tmpdir(), 'bonsai-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

const check = (name: string, behind: string) => {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([model, Buffer.from(behind)]));
  const checked = checkDownload(path, { bytes: model.length, sha256: undefined }, () => undefined, new AbortController().signal);
  return { path, checked };
};

describe('what has come', () => {
  it('is as announced when only the record of the downloader hangs behind it, which is cut off', async () => {
    const { path, checked } = check('record.gguf', '{"chunkSize":5242880,"chunks":[2]}');
    expect(await checked).toBe('header');
    expect(readFileSync(path).equals(model)).toBe(true);
  });

  it.each(['trailing', '[unfinished', '7'])('is refused and deleted when %o hangs behind it', async (behind) => {
    const { path, checked } = check('more.gguf', behind);
    await expect(checked).rejects.toMatchObject({
      code: 'download',
      message: expect.stringContaining(`it has ${model.length + behind.length} bytes`) as string,
    });
    expect(existsSync(path)).toBe(false);
  });
});
