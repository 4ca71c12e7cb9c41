/** One slim row says how far a reading is, and holds the one button that fits: pause, or resume. */
import { html, nothing } from 'lit';
import type { ChatCommand, ReadingNow, Status } from '../../protocol';
import { send } from '../shared/vscodeApi';
import { words, type Strings } from '../shared/words';

export function readingRow(reading: ReadingNow, status: Status, strings: Strings) {
  if (reading.doing !== 'nothing') return row(reading, reading.doing === 'reading' ? button('pauseReading', 'pause', strings) : nothing);
  if (status.state === 'restoring') return row({ doing: 'reading', percent: null, text: strings['restoring'] ?? '' }, nothing);
  const { repository } = status;
  if (!repository?.memory.paused) return nothing;
  const { tokensRead, tokensTotal } = repository;
  const percent = tokensTotal > 0 ? Math.min(99, Math.floor((100 * tokensRead) / tokensTotal)) : 0;
  return row({ ...reading, percent, text: words(strings, 'paused', percent) }, button('resumeReading', 'resume', strings));
}

function row({ doing, percent, text }: ReadingNow, action: unknown) {
  return html`<div class="reading" data-testid="chat-reading" data-doing=${doing} data-percent=${percent ?? ''}>
    ${
      percent === null
        ? html`<progress max="100" aria-hidden="true"></progress>`
        : html`<progress max="100" .value=${percent} aria-hidden="true"></progress>`
    }
    <span class="reading-text">${text}</span>${action}
  </div>`;
}

function button(command: ChatCommand, word: 'pause' | 'resume', strings: Strings) {
  return html`<button
    type="button"
    class="secondary"
    data-testid=${`chat-${word}`}
    title=${word === 'pause' ? (strings['pauseHint'] ?? '') : nothing}
    @click=${() => send({ type: 'command', command })}
  >
    ${strings[word]}
  </button>`;
}
