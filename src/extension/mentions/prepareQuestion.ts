/**
 * Between what a person typed and what the model is asked stand three steps: a slash command becomes its words,
 * mentions become exact source, and what does not fit is left out and said. Without mentions nothing is counted.
 */
import type { CancellationToken } from 'vscode-jsonrpc/node';
import type { AttachedPlace, ChatTurn, SourceLines } from '../../protocol';
import { parseMentions } from '../../protocol/mentions';
import type { SidecarClient } from '../engine/sidecarClient';
import { fitQuestion, type CountText } from '../languageModel/fitQuestion';
import type { Commands } from '../prompts/commands';
import type { Translate } from '../util/text';
import { leftOutNotes } from './leftOut';
import type { MentionWorld } from './mentionWorld';
import { resolveMentions } from './resolveMentions';

/** What a person asks. */
export interface Asked {
  text: string;
  history: ChatTurn[];
  /** Whether a selection goes with it already. */
  aboutSelection: boolean;
}

export interface Prepared {
  question: string;
  history: ChatTurn[];
  attachments: SourceLines[];
  /** What is attached, as it is shown. */
  attached: AttachedPlace[];
  /** Sentences: what was left out and why. */
  notes: string[];
}

export type Prepare = (asked: Asked, token: CancellationToken) => Promise<Prepared>;

/** What is needed beside the workspace. */
export interface Parts {
  client: Pick<SidecarClient, 'load' | 'status'>;
  count: (token: CancellationToken) => CountText;
  commands: Commands;
  t: Translate;
}

export function questionPreparer(world: MentionWorld, { client, count, commands, t }: Parts): Prepare {
  return async ({ text, history, aboutSelection }, token) => {
    const { question, mentions, notes } = await commands.expand(text, world, aboutSelection);
    const all = [...mentions, ...parseMentions(question).map(({ mention }) => mention)];
    const resolved = await resolveMentions(all, world, t);
    const { sources, unread } = resolved;
    const said = [...notes, ...resolved.notes];
    if (sources.length === 0) return { question, history, attachments: [], attached: [], notes: said };
    await client.load();
    const lines = sources.map((source) => source.lines);
    const fitted = await fitQuestion({ question, history, sources: lines }, client.status.limits?.inputTokens ?? Infinity, count(token));
    const kept = new Set(fitted.attachments);
    const left = sources.filter((source) => !kept.has(source.lines)).map(({ place, folder }) => ({ path: place.text, folder }));
    return {
      question,
      history: fitted.history,
      attachments: fitted.attachments,
      attached: sources.filter((source) => kept.has(source.lines)).map(({ place }) => place),
      notes: [
        ...said,
        ...leftOutNotes([...left, ...unread], t),
        ...(fitted.leftTurns > 0 ? [t('The first {0} messages of this conversation were left out.', fitted.leftTurns)] : []),
      ],
    };
  };
}
