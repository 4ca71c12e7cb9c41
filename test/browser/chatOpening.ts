/**
 * How long the chat view takes from the click on its icon until a typed character stands in its text box. Times are taken
 * inside the page and inside the view, on one clock; every view of the editor is a frame, and a view that was hidden comes
 * back in a new one. The probe looks every few milliseconds, since nothing tells from outside when a frame is ready.
 */
import type { Frame, Page } from 'playwright-core';
import { eventually, page } from './editor';

/** Milliseconds, each from the click on. */
export interface Opening {
  /** The view's page asks for its script: until here the editor worked. */
  asked: number;
  /** The script has come. */
  loaded: number;
  /** The text box is there. */
  box: number;
  /** The welcome, or every message, is there. */
  filled: number;
  /** The character that was typed is shown. */
  interactive: number;
}

type Step = 'box' | 'filled' | 'typed';
interface Report {
  step: Step;
  at: number;
  asked: number;
  loaded: number;
}

let listener: ((report: Report, frame: Frame) => void) | undefined;
let prepared: Page | undefined;

/** Runs in every frame, from its first moment on. */
function probe(): void {
  const origin = performance.timeOrigin;
  const report = (window as unknown as { bonsaiOpening: (report: Report) => void }).bonsaiOpening;
  const tell = (step: Step) => {
    const script = performance.getEntriesByType('resource').find(({ name }) => /\/chat\.js(\?|$)/.test(name));
    const { startTime, responseEnd } = (script ?? { startTime: NaN, responseEnd: NaN }) as PerformanceResourceTiming;
    report({ step, at: origin + performance.now(), asked: origin + startTime, loaded: origin + responseEnd });
  };
  const waiting = new Map<Step, string>([
    ['box', '[data-testid="chat-input"]'],
    ['filled', '.welcome, [data-testid="chat-message"]'],
  ]);
  const timer = setInterval(() => {
    for (const [step, selector] of waiting) {
      const found = document.querySelector<HTMLElement>(selector);
      if (!found || found.getClientRects().length === 0) continue;
      waiting.delete(step);
      if (step === 'box')
        found.addEventListener('input', () => requestAnimationFrame(() => setTimeout(() => tell('typed'))), { once: true });
      tell(step);
    }
    if (waiting.size === 0) clearInterval(timer);
  }, 4);
  // Frames that are not the chat need not be looked at for ever.
  setTimeout(() => clearInterval(timer), 30_000);
}

const icon = (label: string) => page().locator(`.activitybar .action-item a.action-label[aria-label^="${label}"]`);

/** Shows another view in the place of the chat, whose page is then gone. */
export async function hideChat(): Promise<void> {
  const explorer = page().locator('.explorer-folders-view');
  if (!(await explorer.isVisible())) await icon('Explorer').click();
  await explorer.waitFor();
  await eventually('the chat is hidden', async () => (await page().locator('iframe.webview[src*="bonsai-dev.bonsai"]').count()) === 0);
}

async function prepare(): Promise<void> {
  if (prepared === page()) return;
  prepared = page();
  await page().exposeBinding('bonsaiOpening', ({ frame }, report: Report) => listener?.(report, frame));
  await page().addInitScript(probe);
}

/** Opens the chat view, which must be hidden, by its icon, and types a character. The text box is empty again afterwards. */
export async function openChat(): Promise<Opening> {
  await prepare();
  await icon('Bonsai').waitFor();
  await page().evaluate(() =>
    window.addEventListener('mousedown', (event) => Object.assign(window, { bonsaiClicked: performance.timeOrigin + event.timeStamp }), {
      capture: true,
      once: true,
    }),
  );
  const reports = new Map<Step, Report>();
  let view: Frame | undefined;
  listener = (report, frame) => {
    reports.set(report.step, report);
    if (report.step !== 'box') return;
    view = frame;
    void frame.locator('[data-testid="chat-input"]').press('x');
  };
  try {
    await icon('Bonsai').click();
    await eventually('the chat view takes a character', () => reports.size === 3, 30_000);
  } finally {
    listener = undefined;
  }
  const clicked = await page().evaluate(() => (window as unknown as { bonsaiClicked: number }).bonsaiClicked);
  const input = view?.locator('[data-testid="chat-input"]');
  await input?.press('Backspace');
  await eventually('the text box is empty', async () => (await input?.inputValue()) === '');
  const at = (step: Step) => (reports.get(step)?.at ?? NaN) - clicked;
  const last = reports.get('typed');
  return {
    asked: (last?.asked ?? NaN) - clicked,
    loaded: (last?.loaded ?? NaN) - clicked,
    box: at('box'),
    filled: at('filled'),
    interactive: at('typed'),
  };
}
