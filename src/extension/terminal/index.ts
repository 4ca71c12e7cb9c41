/** What terminals add, wired in one place. */
import type { Contributions } from '../contributions';
import type { SidecarClient } from '../engine/sidecarClient';
import type { Translate } from '../util/text';
import { ExplainTerminal, type AskInChat } from './explainTerminal';
import { LastCommands } from './lastCommands';

export function addTerminal(parts: Contributions, ask: AskInChat, client: SidecarClient, t: Translate): void {
  const last = new LastCommands();
  const explain = new ExplainTerminal(last, ask, client, t);
  parts.add('terminal commands', () => last);
  parts.command('bonsai.explainTerminalSelection', () => explain.selection());
  parts.command('bonsai.explainTerminal', (argument) => explain.lastCommand(argument));
}
