/** The list above the field, as a listbox that the field keeps the focus of; the mentions of the draft as chips. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { AtHand, Candidate } from '../../protocol';
import { formatMention, parseMentions, type FoundMention, type Mention } from '../../protocol/mentions';
import { words, type Strings } from '../shared/words';
import type { ComposerList } from './composerList';

export const listId = 'chat-suggestions';
export const optionId = (index: number): string => `${listId}-${index}`;

const icons: Record<Candidate['icon'], string> = {
  file: 'file',
  folder: 'folder',
  symbol: 'symbol-method',
  selection: 'selection',
  problems: 'bug',
  command: 'note',
  refused: 'warning',
};
const icon = (kind: Candidate['icon']) => html`<span class="codicon codicon-${icons[kind]}" aria-hidden="true"></span>`;

export function suggestionList(completion: ComposerList, strings: Strings, take: (index: number) => void) {
  const { items, active, open, busy } = completion;
  const list = html`<ul
    id=${listId}
    class="suggestions"
    role="listbox"
    data-testid="chat-suggestions"
    aria-busy=${busy ? 'true' : 'false'}
    aria-label=${strings['suggestions'] ?? ''}
  >
    ${items.map(
      ({ label, detail, icon: kind, insert }, index) =>
        html`<li
          id=${optionId(index)}
          role="option"
          data-testid="chat-suggestion"
          aria-selected=${index === active ? 'true' : 'false'}
          aria-disabled=${insert ? 'false' : 'true'}
          title=${detail}
          @mousedown=${(event: Event) => {
            // The field keeps the focus.
            event.preventDefault();
            take(index);
          }}
        >
          ${icon(kind)}<span class="suggestion-label">${label}</span> <span class="suggestion-detail">${detail}</span>
        </li>`,
    )}
  </ul>`;
  return html`${open ? list : nothing}
    <div class="for-readers" role="status">${open ? words(strings, 'suggestionCount', items.length) : ''}</div>`;
}

/**
 * @param known whether a mention, as it is written, names something
 * @param offered what can be attached with one press
 * @param remove takes a mention out of the draft
 * @param attach puts one into it
 */
export function mentionChips(
  draft: string,
  { known, offered }: { known: (written: string) => boolean; offered: readonly OfferedMention[] },
  strings: Strings,
  { remove, attach }: { remove: (found: FoundMention) => void; attach: (written: string) => void },
) {
  const found = parseMentions(draft).filter(({ start, end }) => known(draft.slice(start, end)));
  const rest = offered.filter(({ written }) => !found.some(({ mention }) => formatMention(mention) === written));
  if (found.length + rest.length === 0) return nothing;
  return html`<ul class="mentions" aria-label=${strings['mentioned'] ?? ''}>
    ${repeat(
      found,
      ({ start }) => start,
      (each) => {
        const name = nameOf(each.mention);
        const label = words(strings, 'removeMention', name);
        return html`<li class="mention" data-testid="chat-mention" title=${name}>
          ${icon(each.mention.kind)}<span class="mention-name">${name}</span>
          <button type="button" class="icon" title=${label} aria-label=${label} @click=${() => remove(each)}>
            <span class="codicon codicon-close" aria-hidden="true"></span>
          </button>
        </li>`;
      },
    )}
    ${rest.map(({ written, kind, name, label }) => {
      const spoken = words(strings, label, name);
      return html`<li>
        <button
          type="button"
          class="mention offered"
          data-testid="chat-offered"
          data-mention=${written}
          title=${spoken}
          aria-label=${spoken}
          @click=${() => attach(written)}
        >
          <span class="codicon codicon-add" aria-hidden="true"></span>${icon(kind)}<span class="mention-name">${name}</span>
        </button>
      </li>`;
    })}
  </ul>`;
}

/** What the person is looking at. */
export interface OfferedMention {
  written: string;
  kind: 'file' | 'selection';
  name: string;
  /** Key of the sentence that says what pressing does. */
  label: 'attachFile' | 'attachSelection';
}

export function offeredMentions({ file, selection }: AtHand): OfferedMention[] {
  return [
    ...(file === ''
      ? []
      : [
          {
            written: formatMention({ kind: 'file', path: file }),
            kind: 'file' as const,
            name: lastPart(file),
            label: 'attachFile' as const,
          },
        ]),
    ...(selection === ''
      ? []
      : [{ written: '@selection', kind: 'selection' as const, name: lastPart(selection), label: 'attachSelection' as const }]),
  ];
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function nameOf(mention: Mention): string {
  switch (mention.kind) {
    case 'selection':
      return '@selection';
    case 'problems':
      return mention.path === undefined ? '@problems' : `@problems ${mention.path}`;
    case 'symbol':
      return `${mention.name} (${mention.path})`;
    default:
      return mention.path;
  }
}
