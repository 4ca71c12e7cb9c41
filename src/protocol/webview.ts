/**
 * What the extension and its webviews say to each other, as discriminated unions: one `type` per message, every field
 * required by its own type, nothing optional that belongs to another.
 */
import type { Answer, CacheMap, Status } from './schemas';

export interface ChatMessage {
  id: string;
  role: 'user' | 'assistant';
  text: string;
  state: 'streaming' | 'done' | 'stopped' | 'failed';
  /** Present once an answer ended. */
  numbers?: Pick<Answer, 'reusedTokens' | 'readTokens' | 'generatedTokens' | 'seconds'>;
  /** Why the answer failed and what to do. */
  error?: string;
  /** Shown above a question asked about a selection, such as `src/a.ts:3-9`. */
  about?: string;
}

export type ToChat =
  | { type: 'state'; messages: ChatMessage[]; status: Status; strings: Record<string, string> }
  | { type: 'message'; message: ChatMessage }
  | { type: 'delta'; id: string; text: string }
  | { type: 'status'; status: Status }
  /** Whether the demonstration model answers (or would), and the real models that fit this machine, as one line. */
  | { type: 'demo'; active: boolean; models: string };

export type FromChat =
  | { type: 'ready' }
  | { type: 'ask'; text: string }
  | { type: 'stop' }
  | { type: 'clear' }
  | { type: 'copy'; text: string }
  | { type: 'openLink'; href: string }
  | { type: 'command'; command: 'readRepository' | 'chooseModel' | 'showCache' };

export type ToCache =
  | { type: 'map'; map: CacheMap; status: Status; strings: Record<string, string> }
  | { type: 'empty'; status: Status; strings: Record<string, string> };

export type FromCache = { type: 'ready' } | { type: 'open'; path: string } | { type: 'command'; command: 'readRepository' };
