/**
 * Where an infill ends by the syntax of its language. It helps or it stays away: a language without a grammar, a parser
 * that takes too long and a thread that fails all leave the infill to the filters.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../protocol/messageOf';
import type { CompleteParams } from '../../protocol';
import { createInfillEnds, type InfillEnds } from '../../repo';
import { log } from '../engine/llama';

export interface FoundEnd {
  /** Characters of the infill that belong to what it was begun for. */
  length: number;
  /** Nothing that could follow would belong to it. */
  complete: boolean;
}

/** Characters; what lies farther away decides nothing here. */
const nearBefore = 20_000;
const nearAfter = 8_000;
/** Milliseconds; longer only while the thread starts. */
const patience = 300;

export class SyntaxEnd {
  private ends: Promise<InfillEnds> | undefined;

  constructor(private readonly grammars: string) {}

  /** Starts what will be needed, while something else is waited for. */
  prepare(path: string): void {
    void this.ask(path, '', 0, 0);
  }

  async of({ path, prefix, suffix }: CompleteParams, infill: string): Promise<FoundEnd | undefined> {
    if (!infill.includes('\n')) return undefined;
    const before = prefix.length <= nearBefore ? prefix : afterFirstLine(prefix.slice(-nearBefore));
    const text = before + infill + suffix.slice(0, nearAfter);
    const enough = new AbortController();
    const late = delay(patience, undefined, { signal: enough.signal }).catch(() => undefined);
    const found = await Promise.race([this.ask(path, text, before.length, before.length + infill.length), late]);
    enough.abort();
    if (!found) return undefined;
    const length = found.end === undefined ? infill.length : found.end - before.length;
    return { length, complete: length < infill.length || found.closed };
  }

  private async ask(path: string, text: string, from: number, to: number) {
    try {
      this.ends ??= createInfillEnds({ grammars: this.grammars });
      return await (await this.ends).of(path, text, from, to);
    } catch (error) {
      log(`Ghost text is not cut by syntax: ${messageOf(error)}`);
      return undefined;
    }
  }
}

const afterFirstLine = (text: string): string => text.slice(text.indexOf('\n') + 1);
