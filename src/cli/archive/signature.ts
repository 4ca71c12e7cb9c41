/**
 * A person's word that an object is what their archive had under this name: Ed25519 over the name and the SHA-256 of the bytes,
 * so it is of no use for another object, another model or other bytes. It does not say that the rows belong to the text.
 */
import { createHash, sign, verify, type KeyObject } from 'node:crypto';
import * as z from 'zod/mini';
import type { OwnKey } from './keys';

/** Bytes; nobody's signature is longer. */
export const longestSignature = 1024;

const content = z.object({
  version: z.literal(1),
  /** Of the object's bytes. */
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  /** Base64. */
  signature: z.string(),
});

const signed = (name: string, sha256: string) => Buffer.from(`bonsai archive object 1\n${name}\n${sha256}\n`);

/** @param name of the object in a store @returns what lies beside it */
export function signatureOf(name: string, object: Uint8Array, { privateKey }: Pick<OwnKey, 'privateKey'>): Buffer {
  const sha256 = createHash('sha256').update(object).digest('hex');
  const signature = sign(null, signed(name, sha256), privateKey).toString('base64');
  return Buffer.from(`${JSON.stringify({ version: 1, sha256, signature } satisfies z.infer<typeof content>)}\n`);
}

/** @returns the SHA-256 that the owner of the key vouches for under this name; undefined: they do not */
export function vouchedSha256(name: string, text: string, key: KeyObject): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { sha256, signature } = content.safeParse(document).data ?? {};
  if (sha256 === undefined || signature === undefined) return undefined;
  return verify(null, signed(name, sha256), key, Buffer.from(signature, 'base64')) ? sha256 : undefined;
}
