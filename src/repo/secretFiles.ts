/**
 * Files that exist to hold a secret. Some are known by name and are not even opened; the others are held back only when
 * the secret is in them: a `.pem` file is often a certificate, an `.npmrc` often says no more than which registry to use.
 */
import { posix } from 'node:path';

const privateKeys = /^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$/;
const passwordStores = new Set(['.git-credentials', '.pgpass', '.htpasswd']);
const environment = /^\.env(?:\..+)?$/;
const withoutValues = /\.(?:example|sample|template|dist|defaults|schema)$/;

/** What in such a file is the secret. A value that starts with `$` is a reference to one kept elsewhere. */
const contents: { name: RegExp; secret: RegExp; what: string }[] = [
  { name: /\.(?:pem|key|p8|ppk)$/, secret: /^-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----|^Private-Lines:/m, what: 'a private key' },
  { name: /^\.npmrc$/, secret: /_(?:authToken|auth|password)[ \t]*=[ \t]*["']?(?!["'\s$])./, what: 'an npm credential' },
  { name: /^\.pypirc$/, secret: /^[ \t]*password[ \t]*[=:][ \t]*(?![\s$%])./m, what: 'a PyPI password' },
  { name: /^[._]netrc$/, secret: /\bpassword\s+(?!\$)\S/, what: 'a password' },
];

/** @returns why the file is not opened, or undefined */
export function secretByName(path: string): string | undefined {
  const name = posix.basename(path).toLowerCase();
  if (environment.test(name) && !withoutValues.test(name)) return 'held back: .env files hold secrets';
  if (privateKeys.test(name)) return 'held back: a private key, by its name';
  if (passwordStores.has(name) || /(?:^|\/)\.aws\/credentials$/i.test(path)) return 'held back: a file of passwords, by its name';
  return undefined;
}

/** @returns where the secret is (an index into the text) and what it is, or undefined */
export function secretInFile(path: string, text: string): { index: number; what: string } | undefined {
  const name = posix.basename(path).toLowerCase();
  const kind = contents.find((each) => each.name.test(name));
  const index = kind ? text.search(kind.secret) : -1;
  return kind && index >= 0 ? { index, what: kind.what } : undefined;
}
