/**
 * What things are called in a shared store: an object as in the archive, a signature beside it with the signer in its name, so
 * that two people who export the same object at once do not overwrite each other's word.
 *
 *     <model and engine>/<piece of a file>.kv
 *     <model and engine>/<piece of a file>.kv.<signer>.sig
 *
 * Names come from whoever can write to the store. One that has another form is never asked for and never becomes a path.
 */
const object = /^[0-9a-f]{32}\/[0-9a-f]{64}\.kv$/;
const signature = /^([0-9a-f]{32}\/[0-9a-f]{64}\.kv)\.[0-9a-f]{32}\.sig$/;

export const isObjectName = (name: string): boolean => object.test(name);

/** Of an object, or of what would be one at another place. */
export const looksLikeObject = (name: string): boolean => name.endsWith('.kv');

/** @param signer as in `keyId` */
export const signatureName = (name: string, signer: string): string => `${name}.${signer}.sig`;

/** @returns the objects that have a signature of anybody beside them */
export function signedNames(names: Iterable<string>): Set<string> {
  const signed = new Set<string>();
  for (const name of names) {
    const [, of] = signature.exec(name) ?? [];
    if (of !== undefined) signed.add(of);
  }
  return signed;
}
