/** Policy: what terminals add, wired in one place. */
import type { Contributions } from '../contributions';
import type { CountTokens } from '../util/cutToTokens';
import type { Translate } from '../util/text';
import { ExplainTerminal, type AskInChat } from './explainTerminal';
import { LastCommands } from './lastCommands';

export function addTerminal(parts: Contributions, ask: AskInChat, count: CountTokens, t: Translate): void {
  const last = new LastCommands();
  const explain = new ExplainTerminal(last, ask, count, t);
  parts.add('terminal commands', () => last);
  parts.command('bonsai.explainTerminalSelection', () => explain.selection());
  parts.command('bonsai.explainTerminal', (argument) => explain.lastCommand(argument));
}
