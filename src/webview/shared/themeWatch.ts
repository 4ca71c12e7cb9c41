/** What is drawn by hand is drawn again when the theme changes, which VS Code marks on the page's own elements. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

export class ThemeWatch implements ReactiveController {
  readonly #observer: MutationObserver;

  constructor(host: ReactiveControllerHost, changed: () => void) {
    this.#observer = new MutationObserver(changed);
    host.addController(this);
  }

  hostConnected(): void {
    this.#observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
    this.#observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  }

  hostDisconnected(): void {
    this.#observer.disconnect();
  }
}
