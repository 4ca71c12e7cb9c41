/** What would be said of a question's mentions once it is sent, before it is: what names nothing, and what does not fit. */
import type { CancellationToken } from 'vscode-jsonrpc/node';
import { parseMentions } from '../../protocol/mentions';
import type { SidecarClient } from '../engine/sidecarClient';
import type { Translate } from '../util/text';
import type { MentionWorld } from './mentionWorld';
import type { Prepare } from './prepareQuestion';
import { resolveMentions } from './resolveMentions';

export interface Preview {
  /** Mentions that are half typed or name nothing, as they are written. */
  unknown: string[];
  /** Sentences. */
  notes: string[];
}

/** Begins like a mention that names something. */
const begun = /(?<![\p{L}\p{N}_.@/:+-])@(?:file|folder|symbol):\S*/gu;

/** @param prepare as the question itself is prepared; counting needs a loaded model, and none is loaded for it */
export async function previewOf(
  text: string,
  world: MentionWorld,
  { client, prepare, t }: { client: Pick<SidecarClient, 'status'>; prepare: Prepare; t: Translate },
  token: CancellationToken,
): Promise<Preview> {
  const found = parseMentions(text);
  const unknown = [...text.matchAll(begun)].filter(({ index }) => !found.some(({ start }) => start === index)).map(([written]) => written);
  const notes: string[] = [];
  for (const { mention, start, end } of found) {
    const { sources, unread, notes: why } = await resolveMentions([mention], world, t);
    if (world.trusted && sources.length + unread.length === 0 && 'path' in mention && mention.kind !== 'problems')
      unknown.push(text.slice(start, end));
    else notes.push(...why);
  }
  if (found.length === 0 || unknown.length > 0 || !client.status.model) return { unknown, notes };
  return { unknown, notes: (await prepare({ text, history: [], aboutSelection: false }, token)).notes };
}
