/** A file is kept in pieces, so that neither a very long file nor its last line is one object. */
import { createHash } from 'node:crypto';

/** Tokens of a piece; the last one of a file may be shorter. */
export const pieceTokens = 2048;

/** A file as it is read: its content under its path, which stands in front of it. */
export interface NamedContent {
  path: string;
  /** Of the content. */
  hash: string;
}

/** Tokens [from, to) of a file, its head among them, and the name of the object that holds their rows. */
export interface Piece {
  name: string;
  from: number;
  to: number;
}

/** @param tokens of the file with its head */
export function piecesOf({ path, hash }: NamedContent, tokens: number): Piece[] {
  const pieces: Piece[] = [];
  for (let from = 0; from < tokens; from += pieceTokens)
    pieces.push({
      name: createHash('sha256')
        .update(JSON.stringify([path, hash, from]))
        .digest('hex'),
      from,
      to: Math.min(from + pieceTokens, tokens),
    });
  return pieces;
}
