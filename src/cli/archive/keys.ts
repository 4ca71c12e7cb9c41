/**
 * Whose word counts: the person's own key pair, made when it is first needed, and the public keys of others. Public keys are
 * written as one line of base64 (the body of a PEM file: SubjectPublicKeyInfo), in files one a line, as in `authorized_keys`:
 * what follows the key says whose it is, and a line that begins with # says nothing.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { lstat, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { configFolder } from '../../protocol/userFolders';
import { BonsaiError } from '../../sidecar/errors';
import { errorCode, readPlainFile, whyNot } from '../../sidecar/privateFiles';

/** Bytes. */
const longestFile = 2 ** 20;
/** Base64 of an Ed25519 key as SubjectPublicKeyInfo. */
const publicKeyText = /^[A-Za-z0-9+/]{59}=$/;

export interface OwnKey {
  privateKey: KeyObject;
  /** As others name it after `--trust`. */
  publicText: string;
  id: string;
}

/** Public keys by their id. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>;

export const ownKeyFile = (): string => join(configFolder(), 'archive-key.pem');

/** Makes the pair where there is none yet. @throws BonsaiError `storage` */
export async function ownKey(file = ownKeyFile()): Promise<OwnKey> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    await writeFile(file, pem, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST')
      throw new BonsaiError('storage', `${file} could not be written: ${whyNot(error)}.`, { cause: error });
  }
  try {
    if (process.platform !== 'win32' && ((await lstat(file)).mode & 0o077) !== 0)
      throw new Error('others may read it (chmod 600 mends that)');
    const privateKey = createPrivateKey(await readPlainFile(file, longestFile));
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('it is no Ed25519 key');
    const publicKey = createPublicKey(privateKey);
    return { privateKey, publicText: textOf(publicKey), id: keyId(publicKey) };
  } catch (error) {
    throw new BonsaiError(
      'storage',
      `${file} cannot be used as your key: ${whyNot(error)}. Where it is lost, delete it; a new one is made, and others have to trust that one.`,
      { cause: error },
    );
  }
}

/**
 * @param words public keys, and paths of files of them
 * @throws BonsaiError `bad-request` that names what is no key
 */
export async function trustedKeys(words: readonly string[]): Promise<TrustedKeys> {
  const trusted = new Map<string, KeyObject>();
  for (const word of words) {
    const given = publicKeyOf(word);
    for (const key of given ? [given] : await keysOfFile(word)) trusted.set(keyId(key), key);
  }
  return trusted;
}

/** Short and unlike that of any other key. */
export function keyId(key: KeyObject): string {
  return createHash('sha256').update(textOf(key)).digest('hex').slice(0, 32);
}

async function keysOfFile(path: string): Promise<KeyObject[]> {
  let text: string;
  try {
    text = await readPlainFile(resolve(path), longestFile);
  } catch (error) {
    const why = errorCode(error) === 'ENOENT' ? 'there is no such file' : whyNot(error);
    throw new BonsaiError(
      'bad-request',
      `${path} is neither a public key nor a file of them (${why}). "bonsai archive key" prints the key of whoever types it.`,
      { cause: error },
    );
  }
  const keys: KeyObject[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const [word = ''] = line.trim().split(/\s+/);
    if (word === '' || word.startsWith('#')) continue;
    const key = publicKeyOf(word);
    if (!key) throw new BonsaiError('bad-request', `${path}, line ${i + 1}: ${word} is no public key.`);
    keys.push(key);
  }
  if (keys.length === 0) throw new BonsaiError('bad-request', `${path} holds no public key.`);
  return keys;
}

function publicKeyOf(text: string): KeyObject | undefined {
  if (!publicKeyText.test(text)) return undefined;
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

const textOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'der' }).toString('base64');
