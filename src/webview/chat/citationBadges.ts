/**
 * The places that an ended answer links to are looked up on disk by the extension, those of all answers that are
 * drawn together in one question. What exists gets a tick, what does not is no link any more, what changed since it was
 * read is said to. What may be the name of a file becomes a link when exactly one has it, and stays text when not. While an
 * answer streams nothing is asked.
 */
import type { CheckedPlace, FromChat, PlaceState, ToChat } from '../../protocol';
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
  checked: Map<string, CheckedPlace>;
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
        for (const checked of places) shown?.checked.set(checked.place, checked);
        if (shown) draw(shown);
      }
    });
  }

  /** The answer with this id stands in the page, ended. To be called again whenever it was redrawn. */
  show(id: string, answer: Element, strings: Strings, send: (message: FromChat) => void): void {
    const { checked, asked } = this.#shown.get(id) ?? { checked: new Map<string, CheckedPlace>(), asked: new Set<string>() };
    const shown: Shown = { answer, strings, checked, asked };
    this.#shown.set(id, shown);
    draw(shown);
    const places = [...links(answer), ...names(answer)].map(placeOf).filter((place) => !shown.asked.has(place));
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

/** What may be the name of a file, and was not found to be one yet. */
function names(answer: Element): HTMLElement[] {
  return [...answer.querySelectorAll<HTMLElement>('[data-name]')];
}

function placeOf(element: HTMLElement): string {
  return element.dataset['href'] ?? element.dataset['name'] ?? '';
}

function draw({ answer, strings, checked }: Shown): void {
  for (const link of links(answer)) {
    const { state, at } = checked.get(placeOf(link)) ?? {};
    if (!state) continue;
    const badge = badgeOf(state, strings);
    if (state === 'missing') {
      const text = document.createElement('span');
      text.className = 'place-missing';
      text.append(...link.childNodes, badge);
      link.replaceWith(text);
    } else {
      if (at !== undefined) link.dataset['href'] = link.title = at;
      link.dataset['state'] = state;
      link.after(badge);
    }
  }
  for (const name of names(answer)) {
    const { place, state, at = place } = checked.get(placeOf(name)) ?? {};
    if (at === undefined || state === undefined || state === 'missing') continue;
    const link = document.createElement('a');
    link.setAttribute('role', 'link');
    link.tabIndex = 0;
    link.dataset['href'] = link.title = at;
    link.dataset['state'] = state;
    name.removeAttribute('data-name');
    name.replaceWith(link);
    link.append(name);
    link.after(badgeOf(state, strings));
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
