/** What the repository memory is given: its parts, and how a reading tells of itself. */
import type { ReadProgress } from '../../protocol';
import type { FileArchive } from '../archive/fileArchive';
import type { LoadedModel } from '../engine/loadedModel';
import type { CodeBook } from './codeBook';
import type { Disk } from './disk';
import type { Keeper } from './keeper';
import type { FileOverrides } from './fileOverrides';

export interface ReadHooks {
  signal?: AbortSignal | undefined;
  onProgress?: (progress: ReadProgress) => unknown;
  /** After every chunk: tokens read, and the chunk's time in milliseconds. */
  onChunk?: (tokensRead: number, chunkTokens: number, milliseconds: number) => void;
}

export interface MemoryParts {
  loaded: LoadedModel;
  disk: Disk;
  keeper: Keeper;
  code: CodeBook;
  /** Undefined: nothing is archived. */
  archive: FileArchive | undefined;
  overrides: FileOverrides;
  /** Told whenever what can be seen of the memory may have changed. */
  onChange: () => void;
  /** Told what went wrong while nobody waited for it. */
  onError: (error: unknown) => void;
}
