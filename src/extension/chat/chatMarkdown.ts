/** A chat as a document that stands alone: what was asked and answered, what it rests on, and the engine's numbers. */
import type { ChatMessage } from '../../protocol';
import type { Translate } from '../util/text';
import { placeOf } from '../../protocol/place';
import { titleOf, type Session } from './session';

export function chatMarkdown(session: Session, t: Translate): string {
  const title = titleOf(session) ?? t('New chat');
  const date = new Date(session.changedAt).toISOString().replace('T', ' ').slice(0, 16);
  const parts = [`# ${title}`, t('Chat with Bonsai, {0} UTC', date), ...session.messages.map((message) => section(message, t))];
  return `${parts.join('\n\n')}\n`;
}

function section(message: ChatMessage, t: Translate): string {
  const { role, about, text, state, error, attached = [], notes = [], recalled = [], behind = [], numbers, context = [], cut } = message;
  const lines = [`## ${role === 'user' ? t('Question') : t('Answer')}`];
  if (about) lines.push(t('About {0}', `\`${about}\``));
  if (text.trim() !== '') lines.push(closed(text.trim()));
  if (attached.length > 0) lines.push(t('Attached: {0}.', attached.map((place) => `\`${place.text}\``).join(', ')));
  for (const note of notes) lines.push(`*${note}*`);
  if (cut === 'repeating') lines.push(`*${t('The answer repeated itself and was stopped.')}*`);
  if (cut === 'maxTokens') lines.push(`*${t('The answer reached its maximum length.')}*`);
  if (state === 'stopped' || state === 'streaming') lines.push(`*${t('Stopped.')}*`);
  if (error !== undefined) lines.push(`*${t('Failed: {0}', error)}*`);
  if (recalled.length > 0) {
    const places = recalled.map((span) => `- \`${placeOf(span)}\`: ${span.why}`);
    lines.push([t('Source added to the prompt:'), '', ...places].join('\n'));
  }
  if (behind.length > 0) lines.push(t('Changed since they were read: {0}.', behind.map((path) => `\`${path}\``).join(', ')));
  if (numbers) {
    const { reusedTokens, readTokens, archivedTokens, generatedTokens, seconds } = numbers;
    const held = context.reduce((sum, { source, tokens }) => sum + (source === 'free' ? 0 : tokens), 0);
    const counts = t('{0} tokens reused, {1} read, {2} written in {3} s.', reusedTokens, readTokens, generatedTokens, seconds.toFixed(1));
    const archived = archivedTokens > 0 ? [t('{0} tokens of source were recalled from the archive.', archivedTokens)] : [];
    lines.push([counts, ...archived, ...(context.length > 0 ? [t('The cache then held {0} tokens per layer.', held)] : [])].join(' '));
  }
  return lines.join('\n\n');
}

/** A stopped answer may leave a fence open, which would swallow what follows. */
function closed(text: string): string {
  let open: string | undefined;
  for (const line of text.split('\n')) {
    const fence = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    if (!fence) continue;
    const [, signs = '', rest = ''] = fence;
    if (open === undefined) open = signs.startsWith('`') && rest.includes('`') ? undefined : signs;
    else if (signs.startsWith(open) && rest.trim() === '') open = undefined;
  }
  return open === undefined ? text : `${text}\n${open}`;
}
