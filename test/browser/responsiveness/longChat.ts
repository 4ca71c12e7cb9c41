/** A chat of many messages as it lies on the disk, open in the window that is loaded next. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { options } from '../options';
import { writtenChat } from '../writtenChat';

/** Where the windows of this workspace keep their chats; the editor has made the folder above when a window was open. */
function chatFolder(): string {
  const storage = join(dirname(options.serverLog), 'user/User/workspaceStorage');
  const [window, ...others] = readdirSync(storage, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (!window || others.length > 0) throw new Error(`expected one window under ${storage}`);
  return join(storage, window.name, 'bonsai-dev.bonsai/chats');
}

/** @param count messages; every second one is an answer with three blocks of code */
export function writeLongChat(count: number): void {
  const id = 'long';
  const messages = Array.from({ length: count }, (_, index) => ({ ...writtenChat.messages[index % 2], id: `m${index}` }));
  const folder = chatFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${id}.json`), JSON.stringify({ ...writtenChat, id, messages }));
  writeFileSync(join(folder, 'open'), id);
}
