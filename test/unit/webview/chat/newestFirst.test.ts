import type { ReactiveControllerHost } from 'lit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NewestFirst } from '../../../../src/webview/chat/newestFirst';

const messages = (count: number) => Array.from({ length: count }, (_, index) => index);

/** An element that renders the messages it is given, at once when it is asked to. */
function page(count: number) {
  let all = messages(count);
  const rendered: number[][] = [];
  const host: ReactiveControllerHost = {
    addController: () => undefined,
    removeController: () => undefined,
    requestUpdate: () => update(),
    updateComplete: Promise.resolve(true),
  };
  const controller = new NewestFirst(host);
  const update = () => {
    rendered.push([...controller.of(all)]);
    controller.hostUpdated();
  };
  return {
    rendered,
    controller,
    update,
    put: (next: number[]) => {
      all = next;
      update();
    },
  };
}

describe('newest first', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('requestIdleCallback', (step: () => void) => setTimeout(step));
    vi.stubGlobal('cancelIdleCallback', (step: ReturnType<typeof setTimeout>) => clearTimeout(step));
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it('shows a short chat at once, and asks for no further step', () => {
    const { rendered, controller, update } = page(7);
    controller.begin(7);
    update();
    expect(rendered).toEqual([messages(7)]);
    expect(controller.busy).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('shows the newest of a long chat at once, then all, always up to the last, in steps of few', () => {
    const { rendered, controller, update } = page(100);
    controller.begin(100);
    update();
    expect(rendered[0]?.at(-1)).toBe(99);
    expect(rendered[0]?.length).toBeLessThan(20);
    expect(controller.busy).toBe(true);
    vi.runAllTimers();
    expect(rendered.at(-1)).toEqual(messages(100));
    expect(controller.busy).toBe(false);
    for (const [index, shown] of rendered.entries()) {
      expect(shown).toEqual(messages(100).slice(-shown.length));
      const grown = shown.length - (rendered[index - 1]?.length ?? shown.length);
      expect(grown).toBeLessThan(10);
    }
  });

  it('shows a message that comes meanwhile at once, and goes on when the page is drawn for another reason', () => {
    const { rendered, controller, update, put } = page(100);
    controller.begin(100);
    update();
    put(messages(101));
    expect(rendered.at(-1)?.at(-1)).toBe(100);
    expect(vi.getTimerCount()).toBe(1);
    vi.runAllTimers();
    expect(rendered.at(-1)).toEqual(messages(101));
  });

  it('begins again with another chat, and stops when the page is gone', () => {
    const { rendered, controller, update, put } = page(100);
    controller.begin(100);
    update();
    controller.begin(3);
    put(messages(3));
    vi.runAllTimers();
    expect(rendered.at(-1)).toEqual(messages(3));
    controller.begin(100);
    put(messages(100));
    controller.hostDisconnected();
    expect(vi.getTimerCount()).toBe(0);
  });
});
