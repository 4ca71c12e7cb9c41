/**
 * How a model is asked for the text at a cursor: with the tokens it was taught, or, where it has none, in a chat. Both
 * are told the same of the repository first.
 */
import type { CompleteParams } from '../../protocol';
import type { LoadedModel } from '../engine/loadedModel';
import { BonsaiError } from '../errors';
import { commonLength } from '../commonLength';
import { chatPrompt } from '../prompt/chatPrompt';
import { emulatedTurn, infillOfAnswer, isClosed } from '../prompt/infill/emulation';
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

type Asked = Pick<LoadedModel, 'model' | 'tokens' | 'info' | 'chatWrapper'>;

/** @throws BonsaiError `no-fim` */
export function infillWay(loaded: Asked, params: CompleteParams, context: ContextKeeper): InfillWay {
  const { infill } = loaded.tokens;
  const way = params.way ?? 'auto';
  if (infill && way !== 'chat') {
    const { model, tokens, info } = loaded;
    const limits = infillLimits(info.trainedWindow);
    return {
      prompt: infillPrompt(model, tokens, infill, params, limits, (from) => context.at(params, from, limits)),
      stops: (token) => tokens.stops(token),
      stopTexts: params.singleLine ? ['\n'] : [],
      infillIn: (text) => text,
      ended: () => false,
    };
  }
  if (loaded.info.chat && way !== 'tokens') return emulated(loaded, params, context);
  throw new BonsaiError(
    'no-fim',
    `${loaded.info.name} has no fill-in-the-middle tokens${loaded.info.chat ? ' and may not be asked in a chat' : ''}, so there is no ghost text. Choose a code model that has them.`,
  );
}

function emulated({ model, tokens, info, chatWrapper }: Asked, params: CompleteParams, context: ContextKeeper): InfillWay {
  const { path, prefix, suffix, singleLine } = params;
  const limits = infillLimits(info.trainedWindow);
  const { from } = prefixWindow(model, prefix, limits.prefix);
  const before = prefix.slice(from);
  const after = model.detokenize([...suffixWindow(model, suffix, limits.suffix)].filter(isToken), false);
  const turn = (shown: string) => chatPrompt(model, chatWrapper, emulatedTurn({ path, before: shown, after }));
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
