/** An answer with tools, of a model that writes what a test tells it to, in a world that notes what was done. */
import { CancellationToken } from 'vscode-jsonrpc/node';
import type { Answer, AskParams, ToolCallView } from '../../../../../src/protocol';
import { repositoryTools, type ToolWorld } from '../../../../../src/extension/chat/tools/repositoryTools';
import { answerWithTools, type Bounds, type LoopMeans } from '../../../../../src/extension/chat/tools/toolLoop';
import { good } from '../../answer';

export const says = (text: string): Answer => good(text);
export const calls = (name: string, given: unknown, text = ''): Answer => ({
  ...{ ...good(text), stop: 'toolCall' },
  call: { name, arguments: typeof given === 'string' ? given : JSON.stringify(given) },
});

interface Scene {
  /** Whether the person agrees; no by itself. */
  agrees?: (id: string) => boolean | Promise<boolean>;
  world?: Partial<ToolWorld>;
  bounds?: Partial<Bounds>;
  token?: CancellationToken;
  earlier?: ToolCallView[];
  params?: Partial<AskParams>;
}

/** @param script answers, in order; the last one again and again */
export async function played(
  script: readonly Answer[],
  { agrees = () => false, world = {}, bounds = {}, token, earlier, params }: Scene = {},
) {
  const asked: AskParams[] = [];
  const ran: string[] = [];
  const proposed: string[] = [];
  const approvals: string[] = [];
  const states: string[] = [];
  let trail: readonly ToolCallView[] = [];
  const means: LoopMeans = {
    ask: (each) => {
      asked.push(each);
      return Promise.resolve(script[Math.min(asked.length, script.length) - 1] ?? good(''));
    },
    tools: repositoryTools({
      find: (query) => Promise.resolve(`found ${query}`),
      read: (path, { first, last }) => Promise.resolve(`${path}:${first}-${last}`),
      problems: () => [],
      propose: (block) => Promise.resolve(void proposed.push(block)),
      run: (command) => Promise.resolve(`ran ${String(ran.push(command))}`),
      ...world,
    }),
    bounds: { ...{ calls: 8, resultTokens: 100, allTokens: 400 }, ...bounds },
    // A token for each four characters.
    count: (texts) => Promise.resolve(texts.map((text) => Math.ceil(text.length / 4))),
    approve: async (id, command) => {
      approvals.push(command);
      return agrees(id);
    },
    onDelta: () => undefined,
    onCalls: (all) => {
      trail = [...all];
      states.push(all.map(({ state }) => state).join(' '));
    },
  };
  const answer = await answerWithTools({ question: 'q', ...params }, means, token ?? CancellationToken.None, earlier);
  return { answer, asked, ran, proposed, approvals, states, trail: [...trail] };
}
