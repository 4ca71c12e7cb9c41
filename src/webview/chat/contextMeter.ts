/**
 * One thin bar shows where the tokens in the cache came from; opened, it says so in words and exact numbers. The bar is
 * an SVG, since the page allows no inline style.
 */
import { html, nothing, svg } from 'lit';
import type { ContextPart } from '../../protocol';
import { exactCount } from '../../protocol/numbers';
import { words, type Strings } from '../shared/words';
import { stretches } from './contextBar';

const width = 1000;
const height = 10;
/** Of a source that has hardly anything in the cache. */
const least = 6;

/** @param skipped files that were left out of the repository @param showSkipped shows them, each with its reason */
export function contextMeter(parts: readonly ContextPart[], skipped: number, showSkipped: () => void, strings: Strings) {
  const total = parts.reduce((sum, { tokens }) => sum + tokens, 0);
  const used = total - (parts.find(({ source }) => source === 'free')?.tokens ?? 0);
  const summary = words(strings, 'contextSummary', exactCount(used), exactCount(total));
  const spoken = parts.map((part) => `${nameOf(part, strings)}: ${amount(part, strings)}`).join(', ');
  return html`<details class="context" data-testid="chat-context" data-used=${used} data-total=${total}>
    <summary title=${strings['contextHint'] ?? ''}>
      <svg class="context-bar" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${summary}. ${spoken}">
        ${stretches(parts, width, least).map(
          ({ source, x, width: own }) => svg`<rect class="context-${source}" x=${x} y="0" width=${own} height=${height}></rect>`,
        )}
      </svg>
      <span class="codicon codicon-chevron-right" aria-hidden="true"></span>
      <span>${summary}</span>
    </summary>
    <dl>
      ${parts.map(
        (part) =>
          html`<div data-testid="chat-context-part" data-source=${part.source} data-tokens=${part.tokens}>
            <dt><span class="swatch context-${part.source}" aria-hidden="true"></span>${nameOf(part, strings)}</dt>
            <dd>${amount(part, strings)}</dd>
          </div>`,
      )}
    </dl>
    ${
      skipped > 0
        ? html`<button type="button" class="link" data-testid="chat-context-skipped" @click=${showSkipped}>
            ${words(strings, 'contextSkipped', exactCount(skipped))}
          </button>`
        : nothing
    }
  </details>`;
}

function nameOf({ source }: ContextPart, strings: Strings): string {
  return strings[`context${source.charAt(0).toUpperCase()}${source.slice(1)}`] ?? source;
}

/** What was let go is said as well. */
function amount({ tokens, readTokens }: ContextPart, strings: Strings): string {
  return readTokens > tokens ? words(strings, 'contextKept', exactCount(tokens), exactCount(readTokens)) : exactCount(tokens);
}
