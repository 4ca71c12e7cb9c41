/** What mentions are looked up in: the workspace of the editor, or a made-up one in tests. */
import type { SourceLines } from '../../protocol';

/** Why there is no source: not there or not inside the workspace; no text; more than one message may hold; no such symbol. */
export type MentionRefusal = 'outside' | 'not-text' | 'too-long' | 'no-symbol';
export type Read = { lines: SourceLines } | { refused: MentionRefusal };

/** Paths are those of the repository memory: relative, with the folder's name in front when there are several folders. */
export interface MentionWorld {
  readonly trusted: boolean;
  /** Every file that Bonsai would read, by path. @throws SidecarError when it cannot be found out */
  files(): Promise<readonly string[]>;
  /** A file as it stands in the editor, unsaved changes included. */
  file(path: string): Promise<Read>;
  /** The lines of a symbol's definition. */
  symbol(path: string, name: string): Promise<Read>;
  /** What is selected in the active editor. */
  selection(): SourceLines | undefined;
  /** Path of the active editor's file, when it lies in the workspace. */
  activeFile(): string | undefined;
  /** What language servers and linters report, one line each, errors first. @param path absent: in the whole workspace */
  problems(path?: string): string[];
}
