/** The person's own key, and whom they trust. */
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ownKey, trustedKeys } from '../../../../src/cli/archive/keys';
import { signatureOf, vouchedSha256 } from '../../../../src/cli/archive/signature';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};

it('is made once, private, and stays the same', async () => {
  const path = join(folder, 'new', 'key.pem');
  const [first, second] = [await ownKey(path), await ownKey(path)];
  expect(first.publicText).toBe(second.publicText);
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8')).toContain('PRIVATE KEY');
  expect((await ownKey(join(folder, 'another.pem'))).id).not.toBe(first.id);
});

it('two processes that make it at once have the same', async () => {
  const path = join(folder, 'key.pem');
  const keys = await Promise.all(Array.from({ length: 8 }, () => ownKey(path)));
  expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
});

it('that others may read, that is none, or of another kind is refused with the way out', async () => {
  const path = join(folder, 'key.pem');
  await ownKey(path);
  if (process.platform !== 'win32') {
    chmodSync(path, 0o644);
    await expect(ownKey(path)).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining('chmod 600') as string });
    symlinkSync(path, join(folder, 'link.pem'));
    await expect(ownKey(join(folder, 'link.pem'))).rejects.toMatchObject({ code: 'storage' });
  }
  await expect(ownKey(file('text.pem', 'hello'))).rejects.toMatchObject({
    message: expect.stringContaining('cannot be used as your key') as string,
  });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  await expect(ownKey(file('rsa.pem', rsa as string))).rejects.toMatchObject({
    message: expect.stringContaining('no Ed25519 key') as string,
  });
});

it('is trusted by itself, or in a file with a word on whose it is', async () => {
  const [one, two] = [await ownKey(join(folder, 'one.pem')), await ownKey(join(folder, 'two.pem'))];
  expect([...(await trustedKeys([one.publicText])).keys()]).toEqual([one.id]);
  const path = file('keys', `# the team\n\n${one.publicText} Ada\r\n  ${two.publicText}\n`);
  expect([...(await trustedKeys([path])).keys()]).toEqual([one.id, two.id]);
});

it.each([
  ['a path that is none', () => join(folder, 'nowhere'), 'there is no such file'],
  ['a file without a key', () => file('empty', '# nobody\n'), 'holds no public key'],
  ['a file with something else in it', () => file('keys', '\nhello world\n'), 'line 2: hello is no public key'],
  ['a folder', () => folder, 'neither a public key nor a file'],
  ['a key with a letter too many', () => `${Buffer.alloc(44, 7).toString('base64')}A`, 'neither a public key'],
  ['base64 that is no key', () => Buffer.alloc(44, 7).toString('base64'), 'neither a public key'],
])('%s is nobody to trust', async (_, word, message) => {
  await expect(trustedKeys([word()])).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining(message) as string });
});

it('a signature holds for one name, one content and one key', async () => {
  const [one, two] = [await ownKey(join(folder, 'one.pem')), await ownKey(join(folder, 'two.pem'))];
  const [key, other] = [...(await trustedKeys([one.publicText, two.publicText])).values()];
  const text = signatureOf('a/b.kv', Buffer.from('rows'), one).toString();
  const sha256 = vouchedSha256('a/b.kv', text, key!);
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(vouchedSha256('a/c.kv', text, key!)).toBeUndefined();
  expect(vouchedSha256('a/b.kv', text, other!)).toBeUndefined();
  expect(vouchedSha256('a/b.kv', text.replace(sha256!, '0'.repeat(64)), key!)).toBeUndefined();
});
