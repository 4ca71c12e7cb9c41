/**
 * A value as text that proves to be whole: `bonsai <SHA-256 of the rest, hexadecimal>`, a line feed, JSON, a line feed. It guards against disks,
 * crashes and other programs, not against somebody who computes the sum again: what is inside is still checked by a schema.
 */
import { createHash } from 'node:crypto';

export function seal(value: unknown): string {
  const body = `${JSON.stringify(value)}\n`;
  return `bonsai ${sum(body)}\n${body}`;
}

/** @throws Error with the reason */
export function unseal(text: string): unknown {
  const head = text.slice(0, text.indexOf('\n') + 1);
  const body = text.slice(head.length);
  if (head !== `bonsai ${sum(body)}\n`) throw new Error('its checksum is wrong');
  return JSON.parse(body);
}

const sum = (body: string): string => createHash('sha256').update(body).digest('hex');
