/**
 * Policy: the places that an ended answer links to are looked up on disk by the extension, those of all answers that are
 * drawn together in one question. What exists gets a tick, what does not is no link any more, what changed since it was
 * read is said to. While an answer streams nothing is asked.
 */
import type { FromChat, PlaceState, ToChat } from '../../protocol';
import type { Strings } from '../shared/words';

/** Of one answer; the extension takes no more. */
const mostPlaces = 200;
const mostAnswers = 200;
const badges: Record<PlaceState, { icon: string; words: string }> = {
  checked: { icon: 'pass', words: 'placeChecked' },
  missing: { icon: 'warning', words: 'placeMissing' },
  changed: { icon: 'history', words: 'placeChanged' },
};

interface Shown {
  answer: Element;
  strings: Strings;
  states: Map<string, PlaceState>;
  asked: Set<string>;
}

class CitationBadges {
  readonly #shown = new Map<string, Shown>();
  #pending = new Map<string, string[]>();

  constructor() {
    window.addEventListener('message', (event: MessageEvent<ToChat>) => {
      if (event.data.type !== 'checked') return;
      for (const { id, places } of event.data.answers) {
        const shown = this.#shown.get(id);
        for (const { place, state } of places) shown?.states.set(place, state);
        if (shown) draw(shown);
      }
    });
  }

  /** The answer with this id stands in the page, ended. To be called again whenever it was drawn anew. */
  show(id: string, answer: Element, strings: Strings, send: (message: FromChat) => void): void {
    const { states, asked } = this.#shown.get(id) ?? { states: new Map<string, PlaceState>(), asked: new Set<string>() };
    const shown: Shown = { answer, strings, states, asked };
    this.#shown.set(id, shown);
    draw(shown);
    const places = links(answer)
      .map(placeOf)
      .filter((place) => !shown.asked.has(place));
    if (places.length === 0) return;
    for (const place of places) shown.asked.add(place);
    // After all answers that are drawn in this turn.
    if (this.#pending.size === 0) setTimeout(() => this.#ask(send));
    this.#pending.set(id, [...(this.#pending.get(id) ?? []), ...new Set(places)]);
  }

  #ask(send: (message: FromChat) => void): void {
    const answers = [...this.#pending].map(([id, places]) => ({ id, places: places.slice(0, mostPlaces) }));
    this.#pending = new Map();
    send({ type: 'check', answers: answers.slice(-mostAnswers) });
    for (const [id, { answer }] of this.#shown) if (!answer.isConnected) this.#shown.delete(id);
  }
}

export const citationBadges = new CitationBadges();

/** Links to places that have no badge yet. */
function links(answer: Element): HTMLElement[] {
  return [...answer.querySelectorAll<HTMLElement>('a[data-href]:not([data-state])')].filter((link) => !/^https?:/i.test(placeOf(link)));
}

function placeOf(link: HTMLElement): string {
  return link.dataset['href'] ?? '';
}

function draw({ answer, strings, states }: Shown): void {
  for (const link of links(answer)) {
    const state = states.get(placeOf(link));
    if (!state) continue;
    const badge = badgeOf(state, strings);
    if (state === 'missing') {
      const text = document.createElement('span');
      text.className = 'place-missing';
      text.append(...link.childNodes, badge);
      link.replaceWith(text);
    } else {
      link.dataset['state'] = state;
      link.after(badge);
    }
  }
}

function badgeOf(state: PlaceState, strings: Strings): HTMLElement {
  const { icon, words } = badges[state];
  const badge = document.createElement('span');
  badge.className = `place-badge codicon codicon-${icon}`;
  badge.dataset['testid'] = 'chat-place';
  badge.dataset['state'] = state;
  badge.title = strings[words] ?? '';
  badge.setAttribute('role', 'img');
  badge.setAttribute('aria-label', strings[words] ?? '');
  return badge;
}
