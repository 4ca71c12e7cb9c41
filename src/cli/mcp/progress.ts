/**
 * What a question waits for, told to the client that wants to know: a number that only grows, from 0 to 100, and a sentence. At most
 * four a second, and whenever something else begins.
 */
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import { counted, exactCount, shortSeconds } from '../../protocol/numbers';
import type { Stage } from './engine';

export interface Progress {
  tell: (stage: Stage) => void;
}

const intervalMs = 250;
/** The protocol wants every number to be larger than the one before. */
const least = 0.001;
/** Where reading begins and ends on the way from 0 to 100; the answer is the rest. */
const readFrom = 5;
const readTo = 90;

/** @param maxTokens of the answer */
export function progressOf(
  { _meta, sendNotification }: RequestHandlerExtra<ServerRequest, ServerNotification>,
  maxTokens: number,
): Progress {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return { tell: () => undefined };
  let last = 0;
  let told = -Infinity;
  let doing = '';
  return {
    tell: (stage) => {
      const now = performance.now();
      const what = kindOf(stage);
      if (what === doing && now - told < intervalMs) return;
      told = now;
      doing = what;
      last = Math.max(last + least, Math.min(100, placeOf(stage, maxTokens)));
      const params = { progressToken, progress: last, total: 100, message: sentenceOf(stage) };
      // A client that is gone needs no progress.
      sendNotification({ method: 'notifications/progress', params }).catch(() => undefined);
    },
  };
}

/** What is told at once when it begins. */
function kindOf(stage: Stage): string {
  if (stage.doing === 'starting') return stage.what;
  return stage.doing === 'answering' && stage.pieces === 0 ? 'question' : stage.doing;
}

function placeOf(stage: Stage, maxTokens: number): number {
  switch (stage.doing) {
    case 'starting':
    case 'waiting':
      return 0;
    case 'reading': {
      const { phase, tokensRead, tokensTotal } = stage.progress;
      return phase === 'listing' ? readFrom : readFrom + ((readTo - readFrom) * tokensRead) / Math.max(1, tokensTotal);
    }
    case 'answering':
      return readTo + ((100 - readTo) * stage.pieces) / (maxTokens + 1);
  }
}

function sentenceOf(stage: Stage): string {
  switch (stage.doing) {
    case 'starting':
      return stage.what;
    case 'waiting':
      return `waiting for ${counted(stage.ahead, 'other answer')}`;
    case 'reading': {
      const { phase, tokensRead, tokensTotal, secondsLeft } = stage.progress;
      if (phase === 'listing') return `listing, ${counted(tokensTotal, 'token')} so far`;
      const left = secondsLeft === null ? '' : `, ${shortSeconds(secondsLeft)} left`;
      return `${phase} ${exactCount(tokensRead)} of ${counted(tokensTotal, 'token')}${left}`;
    }
    case 'answering':
      return stage.pieces === 0 ? 'reading the question' : `writing the answer, about ${counted(stage.pieces, 'token')} so far`;
  }
}
