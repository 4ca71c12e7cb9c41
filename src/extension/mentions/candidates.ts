/** What the composer offers while somebody types: a short list, the best first; without a query what is at hand. */
import fuzzysort from 'fuzzysort';
import type { Candidate } from '../../protocol';
import { formatMention, type Mention, type MentionKind, type Typing } from '../../protocol/mentions';
import type { Command } from '../prompts/commands';
import type { Translate } from '../util/text';
import type { FoundSymbol } from './foundSymbols';
import { foldersOf, likeness, rankedPaths, type RankedPath } from './pathRanking';

/** Lines of the list. */
const most = 20;

/** What there is to choose from; what was not asked for is empty. */
export interface Choices {
  commands: readonly Command[];
  /** Every file that Bonsai would read. */
  files: readonly string[];
  /** Of them, those in the open editors, the active one first. */
  open: readonly string[];
  symbols: readonly FoundSymbol[];
  /** Such as `src/a.ts:3-9`; absent: nothing is selected. */
  selection: string | undefined;
  activeFile: string | undefined;
}

export function candidatesFor(typing: Typing, choices: Choices, t: Translate): Candidate[] {
  const { query } = typing;
  const { commands, files, open, symbols } = choices;
  if (typing.kind === 'command') return commandCandidates(query, commands);
  switch (typing.of) {
    case 'file':
      if (query === '') return [...open, ...files.filter((path) => !open.includes(path)).slice(0, most)].slice(0, most).map(file);
      return rankedPaths(query, files, 'file', most).map(named);
    case 'folder':
      if (query === '') return foldersOf(files).slice(0, most).map(folder);
      return rankedPaths(query, files, 'folder', most).map(named);
    case 'symbol':
      return symbolCandidates(query.replace(/^.*#/, ''), symbols, t);
    case 'selection':
    case 'problems':
      return kinds(choices, t).filter(({ icon }) => icon === typing.of);
    default:
      if (query === '') return [...kinds(choices, t), ...open.map(file)].slice(0, most);
      return [
        ...kinds(choices, t).filter(({ insert }) => insert.startsWith(`@${query}`)),
        ...rankedPaths(query, files, 'any', most).map(named),
      ].slice(0, most);
  }
}

function symbolCandidates(query: string, symbols: readonly FoundSymbol[], t: Translate): Candidate[] {
  const found = ranked(query, symbols.map(symbol));
  if (found.length > 0) return found;
  const detail = t('Symbols come from the index once a model is loaded, or from the language server of an open file.');
  return [{ label: t('No symbol found'), detail, icon: 'refused', insert: '', goesOn: false }];
}

function commandCandidates(query: string, commands: readonly Command[]): Candidate[] {
  const all = commands.map(({ name, description, refused }): Candidate => {
    const shown = { label: `/${name}`, goesOn: false };
    return refused === undefined
      ? { ...shown, detail: description, icon: 'command', insert: `/${name} ` }
      : { ...shown, detail: refused, icon: 'refused', insert: '' };
  });
  return ranked(query, all);
}

/** The kinds of mentions, as the first step; those that name nothing further are taken at once. */
function kinds({ selection, activeFile }: Choices, t: Translate): Candidate[] {
  const whole = (mention: Mention, icon: Candidate['icon'], label: string, detail: string): Candidate => ({
    ...{ label, detail, icon },
    ...{ insert: `${formatMention(mention)} `, goesOn: false },
  });
  const begun = (kind: MentionKind & Candidate['icon'], detail: string): Candidate => ({
    ...{ label: `@${kind}`, detail, icon: kind },
    ...{ insert: `@${kind}:`, goesOn: true },
  });
  return [
    begun('file', t('a file, with unsaved changes')),
    begun('folder', t('the files of a folder, as many as fit')),
    begun('symbol', t('a function, class or other definition')),
    ...(selection === undefined ? [] : [whole({ kind: 'selection' }, 'selection', '@selection', selection)]),
    whole({ kind: 'problems' }, 'problems', '@problems', t('all problems of the workspace')),
    ...(activeFile === undefined ? [] : [whole({ kind: 'problems', path: activeFile }, 'problems', '@problems', t('of {0}', activeFile))]),
  ];
}

function file(path: string): Candidate {
  return { ...parts(path), icon: 'file', insert: `${formatMention({ kind: 'file', path })} `, goesOn: false };
}

function folder(path: string): Candidate {
  return { ...parts(path), icon: 'folder', insert: `${formatMention({ kind: 'folder', path })} `, goesOn: false };
}

function symbol({ path, name, line }: FoundSymbol): Candidate {
  const insert = `${formatMention({ kind: 'symbol', path, name })} `;
  return { label: name, detail: `${path}:${line}`, icon: 'symbol', insert, goesOn: false };
}

function named({ path, kind }: Pick<RankedPath, 'path' | 'kind'>): Candidate {
  return kind === 'file' ? file(path) : folder(path);
}

function parts(path: string): Pick<Candidate, 'label' | 'detail'> {
  const slash = path.lastIndexOf('/');
  return { label: path.slice(slash + 1), detail: path.slice(0, Math.max(0, slash)) };
}

/** By their labels, the best first; the order as it is where nothing was typed. */
function ranked(query: string, candidates: readonly Candidate[]): Candidate[] {
  if (query === '') return candidates.slice(0, most);
  return fuzzysort.go(query, candidates, { keys: ['label'], limit: most, threshold: likeness }).map(({ obj }) => obj);
}
