/** Entry of `npm run responsiveness`: measures in a real window, and leaves what it measured as JSON where the report is wanted. */
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Report } from '../../../src/bench/report';
import { hideChat, openChat, type Opening } from '../chatOpening';
import { activations } from './activations';
import { closeEditor, eventually, openEditor, page, statusText } from '../editor';
import { options } from '../options';
import { writeLongChat } from './longChat';
import { machine, page as resultPage } from './page';
import { situations } from './situations';

const model = 'Bonsai demo (bonsai-demo-q8_0.gguf)';
/** Messages. */
const longChat = 100;
/** Windows that are loaded for each kind of chat. */
const rounds = 5;

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
  const before = machine();
  await openEditor();
  try {
    await loaded();
    const all = [{ name: 'an empty chat, first time of all', openings: [await openChat()] }];
    await hideChat();
    all.push(...(await openings('an empty chat')));
    writeLongChat(longChat);
    all.push(...(await openings(`a chat of ${longChat} messages`)));
    await load();
    const typing = await situations();
    const measured = { activations: activations(), openings: all, typing, machine: before, model };
    const report = new Report(dirname(options.report), basename(options.report, '.json'));
    report.json(measured);
    report.markdown(resultPage(measured));
  } catch (error) {
    await page().screenshot({ path: join(options.artifacts, 'window.png') });
    throw error;
  } finally {
    await closeEditor();
  }
}

measure().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
