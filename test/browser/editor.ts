/** The editor in its window, in the terms of a person: palette, files, status, views. One window serves all tests. */
import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium, type Browser, type FrameLocator, type Locator, type Page } from 'playwright-core';
import { sidecarsOf } from '../../scripts/lib/processes.mjs';
import { options } from './options';

let browser: Browser | undefined;
let window: Page | undefined;
/** What the window wrote to its console, newest last. */
export const consoleLines: string[] = [];

export function page(): Page {
  assert.ok(window, 'the editor is not open');
  return window;
}

export async function openEditor(): Promise<void> {
  browser = await chromium.launch({ executablePath: options.chromium, args: options.chromiumArguments });
  window = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  window.on('console', (message) => consoleLines.push(`${message.type()} ${message.text()}`));
  await window.goto(`${options.url}/?folder=${encodeURIComponent(options.workspace)}`);
  await window.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
}

export async function closeEditor(): Promise<void> {
  await browser?.close();
}

/**
 * Waits until `probe` returns something truthy and returns it; an error in it (an element that is not there yet) is
 * a "not yet".
 * @param limit milliseconds
 */
export async function eventually<T>(what: string, probe: () => T | Promise<T>, limit = 60_000): Promise<NonNullable<T>> {
  const end = Date.now() + limit;
  let last = '';
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
    } catch (error) {
      last = String(error);
    }
    if (Date.now() > end) assert.fail(`${what}: not within ${limit / 1000} s. Status: ${await statusText()}. ${last}`);
    await delay(50);
  }
}

const quickInput = () => page().locator('.quick-input-widget .quick-input-box input');

/**
 * Filters the open list and clicks the row whose label begins with this.
 * @returns false when the row did not come, or moved away while results came in: the list is redrawn with each of them
 */
async function take(filter: string, label: string): Promise<boolean> {
  await quickInput().fill(filter, { timeout: 5000 });
  const row = page().locator(`.quick-input-list .monaco-list-row[aria-label^="${label}"]`).first();
  return row.click({ timeout: 4000 }).then(
    () => true,
    () => false,
  );
}

/** Runs a command by its title. The list does not refresh when a command registers late, so it is opened again. */
export async function command(title: string): Promise<void> {
  await eventually(`the palette offers ${title}`, async () => {
    await page().keyboard.press('F1');
    if (await take(`>${title}`, title)) return true;
    await page().keyboard.press('Escape');
    return false;
  });
}

/** Chooses a row of an open quick pick by what its label begins with. */
export async function choose(label: string): Promise<void> {
  await eventually(`the list offers ${label}`, () => take(label, label));
}

/**
 * Opens a file of the workspace and waits until its text is there. By its full path, because the editor's file search
 * needs a program that is not installed here.
 */
export async function openFile(path: string): Promise<Locator> {
  const name = path.split('/').at(-1) ?? path;
  await eventually(`the editor opens ${path}`, async () => {
    await page().keyboard.press('Control+p');
    return take(`${options.workspace}/${path}`, name);
  });
  await page().locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
  // The chat of VS Code itself is a monaco editor too, so the selector names the editor area.
  const lines = page().locator('.editor-instance .monaco-editor .view-lines');
  await lines.waitFor();
  return lines;
}

const status = () => page().locator('.statusbar-item[id^="bonsai-dev.bonsai"]');

/** What the status item says, icons left out; empty when it is not there. */
export async function statusText(): Promise<string> {
  if (!window) return '';
  const texts = await status().allInnerTexts();
  return texts.join(' ').replaceAll(/\s+/g, ' ').trim();
}

/** Notifications on the screen that say this. */
export const toast = (text: RegExp): Locator => page().locator('.notification-toast').filter({ hasText: text });

const frame = (kind: string): FrameLocator =>
  page().frameLocator(`iframe.webview[src*="extensionId=bonsai-dev.bonsai"]${kind}`).frameLocator('iframe#active-frame');

/** The chat view's document. Not after the side bar was closed: the editor then makes another frame, which does not say what it is for. */
export const chat = (): FrameLocator => frame('[src*="purpose=webviewView"]');
/** The cache tab's document. */
export const cache = (): FrameLocator => frame(':not([src*="purpose=webviewView"])');

/** Ids of the sidecars of this editor. */
export const sidecars = (): number[] => sidecarsOf(options.serverPid);
