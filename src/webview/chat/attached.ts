/** Above a question: what was attached to it, as links, and what was left out, with the reason. */
import { html, nothing } from 'lit';
import type { AttachedPlace } from '../../protocol';
import { words, type Strings } from '../shared/words';

/** More places than this are folded away. */
const openPlaces = 5;

export function attachedList(places: readonly AttachedPlace[], strings: Strings) {
  if (places.length === 0) return nothing;
  const list = html`<ul class="attached-places">
    ${places.map(
      ({ text, href }) => html`<li>${href ? html`<a role="link" tabindex="0" data-href=${href} title=${href}>${text}</a>` : text}</li>`,
    )}
  </ul>`;
  return places.length <= openPlaces
    ? html`<div class="attached" data-testid="chat-attached"><span>${strings['attached']}</span> ${list}</div>`
    : html`<details class="attached" data-testid="chat-attached">
        <summary>${words(strings, 'attachedMany', places.length)}</summary>
        ${list}
      </details>`;
}

export function questionNotes(notes: readonly string[]) {
  return notes.map(
    (note) =>
      html`<div class="behind" role="note" data-testid="chat-note">
        <span class="codicon codicon-warning" aria-hidden="true"></span>
        <div>${note}</div>
      </div>`,
  );
}
