/** Finds of one query, one for each name: of two patterns that found the same name, the earlier is right. */
import { spanOf, textOf, type Match } from './captures';
import { literalValue } from './literalValue';
import type { Region } from './nesting';
import type { DefinitionKind } from './types';

const kinds = ['function', 'method', 'class', 'interface', 'type', 'enum', 'constant', 'variable', 'field', 'module', 'macro'] as const;
const definitionCaptures = new Map<string, { kind: DefinitionKind; outer: boolean }>(
  kinds.flatMap((kind) => [
    [kind, { kind, outer: false }],
    [`${kind}.outer`, { kind, outer: true }],
  ]),
);
const longestName = 200;

/** A definition, by offsets; as a region it gives its name to what stands in it. */
export interface Find extends Region {
  kind: DefinitionKind;
  /** Counts only outside of functions. */
  outer: boolean;
  name: string;
  nameStart: number;
  /** Names it says it belongs to, outermost first. */
  owners: string[];
  /** Where its head ends. */
  headEnd: number;
  value: string | undefined;
}

export function findsOf(matches: readonly Match[], text: string): Find[] {
  const best = new Map<number, Match>();
  for (const match of matches) {
    const name = spanOf(match, 'name');
    // A parser that fixes a broken text puts in names of no length.
    if (!name || name.start === name.end || name.end - name.start > longestName) continue;
    const known = best.get(name.start);
    if (!known || match.pattern < known.pattern) best.set(name.start, match);
  }
  return [...best.values()].flatMap((match) => findOf(match, text) ?? []);
}

function findOf(match: Match, text: string): Find | undefined {
  const nameSpan = spanOf(match, 'name');
  const definition = match.captures.find(({ name }) => definitionCaptures.has(name));
  const how = definition && definitionCaptures.get(definition.name);
  if (!nameSpan || !how) return undefined;
  const valueSpan = spanOf(match, 'value');
  const value = valueSpan && literalValue(text, valueSpan);
  const body = spanOf(match, 'body') ?? (value === undefined ? valueSpan : undefined);
  const owners = match.captures.filter((capture) => capture.name === 'within').map((capture) => textOf(text, capture));
  // A symbol of Ruby names a field with a colon in front.
  const name = textOf(text, nameSpan).replace(/^:/, '').replace(/\s+/g, ' ');
  return {
    ...how,
    start: definition.start,
    end: definition.end,
    name,
    nameStart: nameSpan.start,
    owners,
    headEnd: body?.start ?? definition.end,
    value,
    names: [...owners, name],
    localsFrom: how.kind === 'function' || how.kind === 'method' ? body?.start : undefined,
  };
}
