/** Draws the items of every task from the files of a repository. The same seed draws the same ones. */
import { shuffle } from 'simple-statistics';
import type { Definition, FileCode } from '../../repo';
import type { Random } from '../../sidecar/random';
import { drawNeedles, withoutQuotes } from '../../sidecar/recall/needles';
import { valueQuestion } from '../../sidecar/recall/fidelity';
import { partsOf } from '../../sidecar/recall/identifiers';
import type { SourceLines } from '../../sidecar/prompt/sourceBlock';
import type { HeldOutPlace } from '../completion/heldOutPlaces';
import { taskNames, type ChoiceItem, type ExactItem, type Item, type Items, type LineItem, type Task, type TurnsItem } from './items';
import type { Planted } from './planting';

export interface AnalysedFile {
  path: string;
  text: string;
  code: FileCode | undefined;
}

interface Found {
  file: AnalysedFile;
  lines: readonly string[];
  definition: Definition;
}

export interface DrawRequest {
  /** What the memory reads, before anything was planted behind their last lines. */
  files: readonly AnalysedFile[];
  pairs: readonly Planted[];
  singles: readonly Planted[];
  /** Lines of files that the memory does not read. */
  places: readonly HeldOutPlace[];
  /** Items of each task at most. */
  count: number;
  tasks: readonly Task[];
  random: Random;
}

const choicesOfSignature = 4;
const choicesOfNeedle = 10;
const choicesOfCaller = 4;
const turnsTogether = 5;
/** UTF-16 units: longer parameters are a program of their own, shorter ones can be guessed. */
const parametersLength = { least: 6, most: 110 };
const leastWordsOfDescription = 6;
const mostDescription = 400;
/** Lines of a function that an oracle shows. */
const shownLines = 24;
/** UTF-16 units in front of a held-out line. */
const prefixLength = 1200;

const named: ReadonlySet<Definition['kind']> = new Set(['function', 'method']);

export function drawItems({ files, pairs, singles, places, count, tasks, random }: DrawRequest): Items {
  const functions = uniqueFunctions(files);
  const some = <T>(all: readonly T[]) => shuffle([...all], random).slice(0, count);
  const constants = drawConstants(files, singles, count);
  const draw: Record<Exclude<Task, 'turns'>, () => Item[]> = {
    constants: () => constants,
    signatures: () => drawSignatures(functions, some, random),
    needle: () => drawNeedle(functions, some, random),
    callers: () => drawCallers(files, functions, some, random),
    'two-hop': () => pairs.slice(0, count).map(twoHop),
    'next-line': () => some(places).map((place) => nextLine(place, files)),
  };
  const items: Items = { constants: [], signatures: [], needle: [], callers: [], 'two-hop': [], 'next-line': [], turns: [] };
  for (const task of taskNames) if (task !== 'turns' && tasks.includes(task)) items[task] = draw[task]();
  if (tasks.includes('turns')) items.turns = drawTurns([...constants, ...drawSignatures(functions, some, random)], count, random);
  return items;
}

function linesOf(path: string, lines: readonly string[], startLine: number, endLine: number): SourceLines {
  return { path, startLine, endLine, text: lines.slice(startLine - 1, endLine).join('\n') };
}

function constantItem(name: string, value: string, where: SourceLines): ExactItem {
  return {
    kind: 'exact',
    id: `${where.path}:${where.startLine} ${name}`,
    question: valueQuestion(name),
    lead: `The value of \`${name}\` is \``,
    answer: withoutQuotes(value),
    where: [where],
  };
}

/** The repository's own constants, at most half of them, then planted ones until there are enough. */
function drawConstants(files: readonly AnalysedFile[], singles: readonly Planted[], count: number): ExactItem[] {
  const texts = new Map(files.map(({ path, text }) => [path, text.split('\n')]));
  const own = drawNeedles(files, Math.ceil(count / 2)).map(({ name, value, path, line }) =>
    constantItem(name, value, linesOf(path, texts.get(path) ?? [], line, line)),
  );
  return [...own, ...singles.slice(0, count - own.length).map(plantedItem)];
}

function plantedItem({ name, value, path, line, text }: Planted): ExactItem {
  return constantItem(name, value, { path, startLine: line, endLine: line, text });
}

function twoHop(planted: Planted): ExactItem {
  const item = plantedItem(planted);
  const { by } = planted;
  const source = by ? [{ path: by.path, startLine: by.line, endLine: by.line, text: by.text }] : [];
  return { ...item, question: `${item.question} Follow the constant that it is set to.`, where: [...item.where, ...source] };
}

/** Functions whose name has one meaning in the repository. */
function uniqueFunctions(files: readonly AnalysedFile[]): Found[] {
  const all = files.flatMap((file) => {
    const lines = file.text.split('\n');
    return (file.code?.definitions ?? []).filter(({ kind }) => named.has(kind)).map((definition): Found => ({ file, lines, definition }));
  });
  const counts = new Map<string, number>();
  for (const { definition } of all) counts.set(definition.name, (counts.get(definition.name) ?? 0) + 1);
  return all.filter(({ definition: { name } }) => counts.get(name) === 1 && name.length > 3 && !name.startsWith('__'));
}

function where({ file, lines, definition: { startLine, endLine } }: Found): SourceLines {
  return linesOf(file.path, lines, startLine, Math.min(endLine, startLine + shownLines - 1));
}

/** What stands between the brackets behind the name; undefined where they do not close in the head of the function. */
export function parametersOf({ lines, definition: { name, nameLine, signatureEndLine } }: Omit<Found, 'file'>): string | undefined {
  const head = lines.slice(nameLine - 1, Math.max(signatureEndLine, nameLine)).join('\n');
  const open = head.indexOf('(', head.indexOf(name) + name.length);
  if (open < 0 || head.indexOf(name) < 0) return undefined;
  let depth = 0;
  for (let i = open; i < head.length; i++) {
    if ('([{'.includes(head[i] ?? '')) depth++;
    else if (')]}'.includes(head[i] ?? '') && --depth === 0)
      return head
        .slice(open + 1, i)
        .replace(/\s+/g, ' ')
        .replace(/^ | $|,? ?$/g, '');
  }
  return undefined;
}

function choice(
  id: string,
  question: string,
  lead: string,
  right: string,
  wrong: readonly string[],
  at: readonly SourceLines[],
  random: Random,
): ChoiceItem {
  const choices = shuffle([right, ...wrong], random);
  return { kind: 'choice', id, question, lead, choices, right: choices.indexOf(right), where: at };
}

function drawSignatures(functions: readonly Found[], some: <T>(all: readonly T[]) => T[], random: Random): ChoiceItem[] {
  const usable = functions.flatMap((found) => {
    const parameters = parametersOf(found);
    const { least, most } = parametersLength;
    return parameters !== undefined && parameters.length >= least && parameters.length <= most ? [{ found, parameters }] : [];
  });
  return some(usable).flatMap(({ found, parameters }) => {
    const others = [...new Set(usable.map((each) => each.parameters))].filter((each) => each !== parameters);
    const wrong = shuffle(others, random).slice(0, choicesOfSignature - 1);
    if (wrong.length < choicesOfSignature - 1) return [];
    const { name } = found.definition;
    const question = `What are the parameters of the function ${name}?`;
    return [choice(idOf(found), question, `The parameters of \`${name}\` are \``, parameters, wrong, [where(found)], random)];
  });
}

const idOf = ({ file, definition: { name, nameLine } }: Found) => `${file.path}:${nameLine} ${name}`;

/** The text of the comment before a definition, or of the string that begins a Python function. */
export function descriptionOf({ lines, definition }: Omit<Found, 'file'>): string {
  const { startLine, nameLine, signatureEndLine } = definition;
  const before = lines.slice(startLine - 1, nameLine - 1).filter((line) => /^\s*(?:\/\*|\*|\/\/|#)/.test(line));
  const behind = lines.slice(signatureEndLine, signatureEndLine + shownLines).join('\n');
  const docstring = /^\s*(?:"""|''')([^]*?)(?:"""|''')/.exec(behind)?.[1] ?? '';
  return [...before.map((line) => line.replace(/^\s*(?:\/\*+|\*+\/|\*|\/\/+|#+)|\*\/\s*$/g, '')), docstring]
    .join(' ')
    .replace(/@\w+|\s+/g, ' ')
    .trim();
}

/** Without every identifier of the name, whole or in parts: so no word of the question leads to it by itself. */
export function withoutName(description: string, name: string): string {
  const parts = [name, ...partsOf(name)].filter((part) => part.length > 2);
  return parts.reduce(
    (text, part) => text.replaceAll(new RegExp(`\\p{L}*${part.replace(/[$]/g, '\\$&')}\\p{L}*`, 'giu'), '…'),
    description,
  );
}

function drawNeedle(functions: readonly Found[], some: <T>(all: readonly T[]) => T[], random: Random): ChoiceItem[] {
  const described = functions.flatMap((found) => {
    const text = withoutName(descriptionOf(found), found.definition.name).slice(0, mostDescription);
    return (text.match(/\p{L}{3,}/gu)?.length ?? 0) >= leastWordsOfDescription ? [{ found, text }] : [];
  });
  return some(described).flatMap(({ found, text }) => {
    const { name } = found.definition;
    const wrong = shuffle(
      functions.map(({ definition }) => definition.name).filter((other) => other !== name),
      random,
    ).slice(0, choicesOfNeedle - 1);
    if (wrong.length < choicesOfNeedle - 1) return [];
    const question = `Which function of this repository is described here? "${text}"`;
    return [choice(idOf(found), question, 'That is the function `', name, wrong, [where(found)], random)];
  });
}

function drawCallers(
  files: readonly AnalysedFile[],
  functions: readonly Found[],
  some: <T>(all: readonly T[]) => T[],
  random: Random,
): ChoiceItem[] {
  const users = new Map<string, AnalysedFile[]>();
  for (const file of files)
    for (const [name] of file.code?.references ?? [])
      if (new RegExp(`(?<![\\p{L}\\p{N}_$])${name.replaceAll('$', '\\$')}\\(`, 'u').test(file.text))
        users.set(name, [...(users.get(name) ?? []), file]);
  const usable = functions.flatMap((found) => {
    const elsewhere = (users.get(found.definition.name) ?? []).filter(({ path }) => path !== found.file.path);
    return elsewhere.length === 1 && elsewhere[0] ? [{ found, caller: elsewhere[0] }] : [];
  });
  return some(usable).flatMap(({ found, caller }) => {
    const { name } = found.definition;
    const wrong = shuffle(
      files.filter(({ path }) => path !== caller.path && path !== found.file.path).map(({ path }) => path),
      random,
    ).slice(0, choicesOfCaller - 1);
    if (wrong.length < choicesOfCaller - 1) return [];
    const lines = caller.text.split('\n');
    const at = lines.findIndex((line) => line.includes(`${name}(`)) + 1;
    const shown = linesOf(caller.path, lines, Math.max(1, at - 2), Math.min(lines.length, at + 2));
    const question = `Which file of this repository calls the function ${name}?`;
    return [choice(idOf(found), question, `\`${name}\` is called in \``, caller.path, wrong, [shown], random)];
  });
}

function nextLine({ path, line, prefix, truth }: HeldOutPlace, files: readonly AnalysedFile[]): LineItem {
  const words = new Set(truth.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu));
  const defined = files.flatMap(({ path: at, text, code }) =>
    (code?.definitions ?? [])
      .filter(({ name, within }) => words.has(name) && name.length > 3 && within.length <= 1)
      .slice(0, 2)
      .map(({ startLine, endLine }) => linesOf(at, text.split('\n'), startLine, Math.min(endLine, startLine + shownLines - 1))),
  );
  const from = prefix.length <= prefixLength ? 0 : prefix.indexOf('\n', prefix.length - prefixLength) + 1;
  return { kind: 'line', id: `${path}:${line}`, path, prefix: prefix.slice(from), truth, where: defined.slice(0, 3) };
}

function drawTurns(items: readonly (ExactItem | ChoiceItem)[], count: number, random: Random): TurnsItem[] {
  const mixed = shuffle([...items], random);
  const groups: TurnsItem[] = [];
  for (let at = 0; at + turnsTogether <= mixed.length && groups.length < Math.ceil(count / turnsTogether); at += turnsTogether) {
    const turns = mixed.slice(at, at + turnsTogether);
    groups.push({ kind: 'turns', id: turns.map(({ id }) => id).join(', '), turns, where: turns.flatMap((turn) => turn.where) });
  }
  return groups;
}
