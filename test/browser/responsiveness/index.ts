/** Entry of `npm run responsiveness`: measures in a real window and prints what it measured as one JSON line. */
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { hideChat, openChat, type Opening } from '../chatOpening';
import { closeEditor, eventually, openEditor, page, statusText } from '../editor';
import { options } from '../options';
import { writeLongChat } from './longChat';
import { situations } from './situations';

const longChat = 100;
const rounds = Number(process.env['BONSAI_ROUNDS'] ?? 5);

/** What a window does after it was opened would be measured otherwise, and it remembers only after a while which view was open. */
const rest = () => delay(3000);

async function loaded(): Promise<void> {
  await eventually('Bonsai is there', async () => (await statusText()).startsWith('Bonsai'));
  await rest();
}

async function load(): Promise<void> {
  await rest();
  await page().reload();
  await loaded();
}

/** The first opening in windows that were just loaded, and further ones in the last of them. */
async function openings(name: string): Promise<{ name: string; openings: Opening[] }[]> {
  const first: Opening[] = [];
  const later: Opening[] = [];
  for (let round = 0; round < rounds; round++) {
    await load();
    first.push(await openChat());
    await hideChat();
  }
  for (let round = 0; round < 2 * rounds; round++) {
    later.push(await openChat());
    await hideChat();
  }
  return [
    { name: `${name}, first time in a window`, openings: first },
    { name: `${name}, hidden and shown again`, openings: later },
  ];
}

async function measure(): Promise<void> {
  await openEditor();
  try {
    await loaded();
    if (process.env['BONSAI_ONLY'] === 'typing') {
      writeFileSync(options.report, JSON.stringify({ openings: [], typing: await inFreshWindow() }));
      return;
    }
    const all = [{ name: 'an empty chat, first time of all', openings: [await openChat()] }];
    await hideChat();
    all.push(...(await openings('an empty chat')));
    const typing = process.env['BONSAI_ONLY'] === 'openings' ? [] : await inFreshWindow();
    writeLongChat(longChat);
    all.push(...(await openings(`a chat of ${longChat} messages`)));
    writeFileSync(options.report, JSON.stringify({ openings: all, typing }));
  } catch (error) {
    await page().screenshot({ path: `${options.report}.png` });
    throw error;
  } finally {
    await closeEditor();
  }
}

/** The chat view can only be told from other views when it was not hidden before. */
async function inFreshWindow() {
  await load();
  return situations();
}

measure().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
