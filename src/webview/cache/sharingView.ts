/** How the layers share the budget and why: a sentence, and what would be better now. */
import { html, nothing } from 'lit';
import type { LayersSharing } from '../../protocol';
import { send } from '../shared/vscodeApi';
import { words, type Strings } from '../shared/words';
import { sharingName } from './layerShare';

export function sharingView(sharing: LayersSharing, strings: Strings) {
  const { next, choice } = sharing;
  const line = decision(sharing, strings);
  return html`<section class="sharing" data-testid="cache-sharing" data-choice=${choice}>
    ${line === '' ? nothing : html`<p class="hint" data-testid="cache-sharing-why">${line}</p>`}
    ${
      next
        ? html`<p data-testid="cache-sharing-next">
            ${words(strings, 'nextSharing', sharingName(next, strings))}
            <button type="button" class="link" @click=${() => send({ type: 'command', command: 'readAgain' })}>
              ${strings['readAgain']}
            </button>
          </p>`
        : nothing
    }
  </section>`;
}

/** Why it is as it is; '' when somebody has chosen it by hand. */
export function decision({ choice, allocator, ratio }: LayersSharing, strings: Strings): string {
  if (choice !== 'auto') return '';
  if (allocator === 'replay') return words(strings, 'needsKnown', ratio === undefined ? '' : Math.round(ratio));
  return allocator === 'uniform' ? (strings['needsUnknown'] ?? '') : '';
}
