/** The chat view in the terms of a person: ask, wait for the answer, watch it grow. */
import type { Locator } from 'playwright-core';
import { chat, command, eventually } from './editor';

export const answers = (): Locator => chat().locator('[data-testid="chat-message"][data-role="assistant"]');

/** Types a question and sends it with Enter. */
export async function ask(question: string): Promise<void> {
  const count = await answers().count();
  const input = chat().getByTestId('chat-input');
  await input.fill(question);
  await input.press('Enter');
  await eventually('the question is taken', async () => (await answers().count()) > count);
}

/**
 * Opens a chat without questions. Waits first for the chat that was open before the window was loaded: until its messages
 * are there, an empty transcript says nothing about the command.
 */
export async function newChat(): Promise<void> {
  await command('Bonsai: Open Chat');
  const input = chat().getByTestId('chat-input');
  await eventually('the open chat is there', async () => ((await input.getAttribute('placeholder')) ?? '') !== '');
  await command('Bonsai: New Chat');
  await eventually('the chat is empty', async () => (await answers().count()) === 0);
}

/** The newest answer, once it is in this state. */
export async function lastAnswer(state: 'done' | 'stopped' | 'failed', limit = 120_000): Promise<Locator> {
  const answer = answers().last();
  const now = await eventually(
    `the answer is ${state}`,
    async () => {
      const found = await answer.getAttribute('data-state');
      return found === 'streaming' ? undefined : found;
    },
    limit,
  );
  if (now !== state) throw new Error(`the answer is ${now}, not ${state}: ${await answer.innerText()}`);
  return answer;
}

/**
 * Notes the length of the next answer's text at every change, inside the page, so that no step is missed.
 * @returns a function that gives the lengths so far
 */
export async function watchAnswer(then: 'stop at the first words' | 'only watch' = 'only watch'): Promise<() => Promise<number[]>> {
  const transcript = chat().getByTestId('chat-transcript');
  await transcript.evaluate((element, stop) => {
    const lengths: number[] = [];
    Object.assign(window, { bonsaiLengths: lengths });
    const selector = '[data-testid="chat-message"][data-role="assistant"]';
    const before = element.querySelectorAll(selector).length;
    new MutationObserver((_changes, observer) => {
      const mine = element.querySelectorAll(selector)[before];
      if (!mine) return;
      const length = mine.querySelector('.answer')?.textContent.length ?? 0;
      if (length !== lengths.at(-1)) lengths.push(length);
      if (stop && length > 0) {
        observer.disconnect();
        document.querySelector<HTMLElement>('[data-testid="chat-stop"]')?.click();
      }
    }).observe(element, { subtree: true, childList: true, characterData: true, attributes: true });
  }, then === 'stop at the first words');
  return () => transcript.evaluate(() => (window as unknown as { bonsaiLengths: number[] }).bonsaiLengths);
}
