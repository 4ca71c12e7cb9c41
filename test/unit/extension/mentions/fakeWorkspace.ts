/** A workspace of texts, which notes what was read of it. */
import type { SourceLines } from '../../../../src/protocol';
import { sourceText } from '../../../../src/extension/languageModel/sourceText';
import type { MentionWorld, Read, MentionRefusal } from '../../../../src/extension/mentions/mentionWorld';

export interface FakeWorkspace extends MentionWorld {
  readonly opened: string[];
}

export interface Contents {
  /** Text by path; those that start with `!` are there and not listed. */
  files?: Record<string, string>;
  refused?: Record<string, MentionRefusal>;
  symbols?: Record<string, SourceLines>;
  selection?: SourceLines;
  activeFile?: string;
  problems?: Record<string, string[]>;
  trusted?: boolean;
}

export function fakeWorkspace({
  files = {},
  refused = {},
  symbols = {},
  selection,
  activeFile,
  problems = {},
  trusted = true,
}: Contents): FakeWorkspace {
  const opened: string[] = [];
  const read = (path: string): Read => {
    opened.push(path);
    const why = refused[path];
    if (why) return { refused: why };
    const text = files[path];
    if (text === undefined) return { refused: 'outside' };
    const lines = sourceText(path, text);
    return lines ? { lines } : { refused: 'not-text' };
  };
  return {
    trusted,
    opened,
    files: () => Promise.resolve([...Object.keys(files), ...Object.keys(refused)].sort()),
    file: (path) => Promise.resolve(read(path)),
    symbol: (path, name) => {
      const lines = symbols[`${path}#${name}`];
      return Promise.resolve(lines ? { lines } : { refused: files[path] === undefined ? 'outside' : 'no-symbol' });
    },
    selection: () => selection,
    activeFile: () => activeFile,
    problems: (path) => Object.entries(problems).flatMap(([at, lines]) => (path === undefined || path === at ? lines : [])),
  };
}
