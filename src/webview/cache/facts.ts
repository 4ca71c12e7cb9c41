/** The numbers above the picture, each as a name and a value; what compression costs and saves stands together, how it is done is folded away. */
import { html, nothing } from 'lit';
import type { CacheMap, Fidelity, Status } from '../../protocol';
import { exactCount, shortBytes } from '../../protocol/numbers';
import { words, type Strings } from '../shared/words';
import { sharingName } from './layerShare';

export function facts(map: CacheMap, { repository }: Status, strings: Strings) {
  const fidelity = repository?.memory.fidelity;
  const ratio = map.kvBytes > 0 ? map.kvBytesFull / map.kvBytes : 1;
  const kv =
    ratio > 1.005
      ? words(strings, 'kvFull', shortBytes(map.kvBytes), shortBytes(map.kvBytesFull), ratio.toFixed(1))
      : words(strings, 'kvSame', shortBytes(map.kvBytes));
  const fact = (name: string, value: string, testId: string, number: number | string) =>
    html`<div>
      <dt>${strings[name]}</dt>
      <dd data-testid=${testId} data-value=${number}>${value}</dd>
    </div>`;
  return html`<dl>
      ${fact('tokens', exactCount(map.tokens), 'cache-tokens', map.tokens)} ${fact('kv', kv, 'cache-kv', map.kvBytes)}
      ${fidelity ? fact('fidelity', recalledValues(fidelity, strings), 'cache-fidelity', fidelity.memory.exact) : nothing}
    </dl>
    <details data-testid="cache-details">
      <summary>${strings['details']}</summary>
      <dl>
        ${fact('policy', map.policy, 'cache-policy', map.policy)}
        ${fact('allocator', sharingName(map.sharing, strings), 'cache-allocator', map.sharing.allocator)}
        ${fact(
          'positions',
          words(strings, map.ranked ? 'positionsRanked' : 'positionsOriginal', map.positions),
          'cache-positions',
          map.positions,
        )}
        ${fact('evicted', exactCount(map.evicted), 'cache-evicted', map.evicted)}
      </dl>
    </details>`;
}

/** As `fidelityCounts` of the extension says it. */
export function recalledValues({ needles, memory, rows, recalled }: Fidelity, strings: Strings): string {
  const name = !rows ? 'fidelityValue' : rows.needles === 0 ? 'fidelityNoRows' : 'fidelityRows';
  return words(strings, name, memory.exact, recalled.exact, needles, rows?.exact ?? 0, rows?.needles ?? 0);
}
