/**
 * The recall index of a set of files, built a file at a time with turns in between, so that nobody waits for it. Until
 * the new one is whole the old one answers; without SQLite there is none, and reading goes on.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { log } from '../engine/llama';
import type { SourceFile } from './needles';
import { createRecallIndex } from './recallIndex';
import type { RecallIndex } from './types';

export class RecallFiles {
  private current: RecallIndex | undefined;

  get index(): RecallIndex | undefined {
    return this.current;
  }

  async replace(files: readonly SourceFile[]): Promise<void> {
    let built: RecallIndex | undefined;
    try {
      built = await createRecallIndex();
      for (const { path, text, code } of files) {
        built.put(path, text, code);
        await nextTurn();
      }
      this.close();
      this.current = built;
    } catch (error) {
      built?.close();
      log(`Exact source cannot be put back before answers: ${error instanceof Error ? error.message : String(error)}`, 'error');
    }
  }

  close(): void {
    this.current?.close();
    this.current = undefined;
  }
}
