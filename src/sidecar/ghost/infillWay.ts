/**
 * How a model is asked for the text at a cursor: with the tokens it was taught; where it has none, in a chat, or to go on
 * with the file where it knows no chat either. All are told the same of the repository first.
 */
import type { CompleteParams } from '../../protocol';
import type { LoadedModel } from '../engine/loadedModel';
import { BonsaiError } from '../errors';
import { commonLength } from '../prompt/commonLength';
import { chatPrompt } from '../prompt/chatPrompt';
import { emulatedTurn, infillOfAnswer, isClosed } from '../prompt/infill/emulation';
import { atLineEnd, behindCursor, continuationPrompt, paragraphEnded } from '../prompt/infill/continuation';
import { infillPrompt } from '../prompt/infill/infillPrompt';
import { infillLimits, prefixWindow, suffixWindow } from '../prompt/infill/windows';
import { concatTokens, isToken } from '../prompt/modelTokens';
import type { ContextKeeper } from './cursorContext';
import type { StablePrompt } from './ghostSequence';

export interface InfillWay {
  prompt: StablePrompt;
  stops(token: number): boolean;
  /** Texts that end the answer; never shown. */
  stopTexts: string[];
  /** What of the text so far belongs at the cursor. */
  infillIn(text: string): string;
  /** Whether nothing that could follow would. */
  ended(text: string): boolean;
}

type Asked = Pick<LoadedModel, 'model' | 'tokens' | 'info' | 'chatTemplate'>;

/** @throws BonsaiError `no-fim` */
export function infillWay(loaded: Asked, params: CompleteParams, context: ContextKeeper): InfillWay {
  const way = params.way ?? 'auto';
  switch (way === 'auto' ? bestWay(loaded, params.suffix) : way) {
    case 'tokens':
      return taught(loaded, params, context);
    case 'chat':
      return emulated(loaded, params, context);
    case 'continuation':
      return continued(loaded, params, context);
  }
}

function bestWay({ tokens: { infill }, info }: Asked, suffix: string): 'tokens' | 'chat' | 'continuation' {
  if (infill) return infill.goesOn && atLineEnd(suffix) ? 'continuation' : 'tokens';
  return info.chat ? 'chat' : 'continuation';
}

function taught({ model, tokens, info }: Asked, params: CompleteParams, context: ContextKeeper): InfillWay {
  if (!tokens.infill)
    throw new BonsaiError(
      'no-fim',
      `${info.name} has no fill-in-the-middle tokens${info.chat ? ' and may not be asked in a chat' : ''}, so there is no ghost text. Choose a code model that has them.`,
    );
  const limits = infillLimits(info.trainedWindow);
  return {
    prompt: infillPrompt(model, tokens, tokens.infill, params, limits, (from) => context.at(params, from, limits)),
    ...bare(tokens, params),
  };
}

function continued({ model, tokens, info }: Asked, params: CompleteParams, context: ContextKeeper): InfillWay {
  const limits = infillLimits(info.trainedWindow);
  return {
    prompt: continuationPrompt(model, tokens, params, limits, (from) => context.at(params, from, limits)),
    ...bare(tokens, params),
    infillIn: (text) => behindCursor(text, params.prefix),
    ended: paragraphEnded,
  };
}

/** The answer is the text itself. */
const bare = (tokens: Asked['tokens'], { singleLine }: CompleteParams) =>
  ({
    stops: (token) => tokens.stops(token),
    stopTexts: singleLine ? ['\n'] : [],
    infillIn: (text) => text,
    ended: () => false,
  }) satisfies Omit<InfillWay, 'prompt'>;

function emulated({ model, tokens, info, chatTemplate }: Asked, params: CompleteParams, context: ContextKeeper): InfillWay {
  if (!info.chat) throw new BonsaiError('no-fim', `${info.name} has no chat template, so it cannot be asked in a chat for ghost text.`);
  const { path, prefix, suffix, singleLine } = params;
  const limits = infillLimits(info.trainedWindow);
  const { from } = prefixWindow(model, prefix, limits.prefix);
  const before = prefix.slice(from);
  const after = model.detokenize([...suffixWindow(model, suffix, limits.suffix)].filter(isToken), false);
  const turn = (shown: string) => chatPrompt(model, chatTemplate, emulatedTurn({ path, before: shown, after }));
  const chat = turn(before);
  const told = context.at(params, from, limits);
  // What stays is what the prompt has in common with that of the line's beginning.
  const stable = commonLength(chat.tokens, turn(before.slice(0, before.lastIndexOf('\n') + 1)).tokens);
  const infillIn = (text: string) => infillOfAnswer(text, prefix);
  const oneLine = (text: string) => (singleLine ? (text.split('\n', 1)[0] ?? '') : text);
  return {
    prompt: { tokens: concatTokens(told, chat.tokens), stable: told.length + stable },
    stops: (token) => tokens.stops(token) || chat.stopTokens.has(token),
    stopTexts: chat.stopTexts,
    infillIn: (text) => oneLine(infillIn(text)),
    ended: (text) => isClosed(text) || (singleLine === true && /\S.*\n/.test(infillIn(text))),
  };
}
