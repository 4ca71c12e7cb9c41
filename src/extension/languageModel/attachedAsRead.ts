/**
 * What is attached to a question is what reading the repository makes of it: of a notebook the cells without outputs, and
 * markers in place of pictures and other data. The sidecar has the one reader; where it does not answer, the text goes as it is.
 */
import * as messages from '../../protocol/messages';
import type { SidecarClient } from '../engine/sidecarClient';

/** @param path as the repository memory names it @returns the text with line feeds; its lines are those of `text` */
export type AsRead = (path: string, text: string) => Promise<string>;

/** Characters; in a shorter text nothing is left out. */
const least = 400;

export function asRead(client: Pick<SidecarClient, 'request'>): AsRead {
  return async (path, text) => {
    if (text.length < least) return text;
    try {
      const read = await client.request(undefined, 'typing', false, (connection, inner) =>
        connection.sendRequest(messages.textToRead, { path, text }, inner),
      );
      return read.text;
    } catch {
      // What is wrong with the sidecar is told when the question comes to it.
      return text;
    }
  };
}
