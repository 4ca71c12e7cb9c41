/** Under an answer stands what it rests on beside the memory: exact source added to the prompt, and files it did not know in their newest form. */
import { html, nothing } from 'lit';
import type { RecalledSpan } from '../../protocol';
import { words, type Strings } from '../shared/words';
import { placeOf } from '../../protocol/place';

/** More places than this are folded away. */
const openPlaces = 3;
/** Names of changed files that are shown; all of them are in the tooltip. */
const namedFiles = 5;

export function recalledList(spans: readonly RecalledSpan[], strings: Strings) {
  const list = html`<ul>
    ${spans.map(
      (span) =>
        html`<li>
          <a role="link" tabindex="0" data-href=${placeOf(span)} title=${span.why} aria-description=${span.why}>${placeOf(span)}</a>
        </li>`,
    )}
  </ul>`;
  if (spans.length <= openPlaces)
    return html`<div class="recalled" data-testid="chat-recalled">
      <div>${strings['recalled']}</div>
      ${list}
    </div>`;
  return html`<details class="recalled" data-testid="chat-recalled">
    <summary>${words(strings, 'recalledMany', spans.length)}</summary>
    ${list}
  </details>`;
}

export function behindNote(paths: readonly string[], strings: Strings) {
  const more = paths.length - namedFiles;
  return html`<div class="behind" role="note" data-testid="chat-behind" title=${paths.join('\n')}>
    <span class="codicon codicon-warning" aria-hidden="true"></span>
    <div>
      ${words(strings, paths.length === 1 ? 'behindOne' : 'behindMany', paths.length)}
      ${paths
        .slice(0, namedFiles)
        .map(
          (path, index) => html`${index > 0 ? ', ' : ''}<a role="link" tabindex="0" data-href=${path}>${path}</a>`,
        )}${more > 0 ? html` ${words(strings, 'planMore', more)}` : nothing}
    </div>
  </div>`;
}
