/**
 * An answer with tools: the model writes, or calls a tool; what came of the call goes to the model, and it goes on. The loop
 * ends with an answer, at a bound, or when it is stopped. What a model or a tool says decides nothing here: a command runs
 * after the person agreed to it, each single one, and at no other time. Knows nothing of the editor.
 */
import { randomUUID } from 'node:crypto';
import type { CancellationToken } from 'vscode-jsonrpc/node';
import type { Answer, AnswerDelta, AskParams, ToolCallView, ToolStep } from '../../../protocol';
import { messageOf } from '../../../protocol/messageOf';
import { cutToTokens, type CountTokens } from '../../util/cutToTokens';
import type { PreparedCall, Tool } from './tool';
import { visibleText } from './visibleText';

export interface Bounds {
  /** Calls of one answer. */
  calls: number;
  /** Tokens of one result, and of all of one answer together. */
  resultTokens: number;
  allTokens: number;
}

/** A command longer than this cannot be checked by a person. */
const longestCommand = { characters: 2000, lines: 20 };

/** How an answer begins that is to be no call. In English: models read it. */
const answerBegins = 'According to the results, ';
/** Tokens; less says nothing. */
const smallestResult = 64;

/** What the loop is given; all of it is for one answer. */
export interface LoopMeans {
  ask: (params: AskParams, onDelta: (delta: AnswerDelta) => void, token: CancellationToken) => Promise<Answer>;
  tools: readonly Tool[];
  bounds: Bounds;
  count: CountTokens;
  /** Asks the person; false is no. */
  approve: (id: string, command: string, token: CancellationToken) => Promise<boolean>;
  onDelta: (delta: AnswerDelta) => void;
  /** The calls so far, whenever one came or changed; `text` is what stands behind them. */
  onCalls: (calls: readonly ToolCallView[], text: string) => void;
}

/**
 * @param earlier calls of the same answer, which is continued
 * @returns the answer, with what had been written behind the last call
 * @throws as `ask` does
 */
export async function answerWithTools(
  params: AskParams,
  { ask, tools, bounds, count, approve, onDelta, onCalls }: LoopMeans,
  token: CancellationToken,
  earlier: readonly ToolCallView[] = [],
): Promise<Answer> {
  const calls = [...earlier];
  const definitions = tools.map(({ definition }) => definition);
  const stopped = () => token.isCancellationRequested;
  let usedTokens = 0;
  let whole: Answer | undefined;
  // Once there is a call, what had been written is before it.
  const { begun: written, ...asked } = params;
  let begun = written;
  const change = (call: ToolCallView) => {
    const at = calls.findIndex(({ id }) => id === call.id);
    if (at < 0) calls.push(call);
    else calls[at] = call;
    onCalls(calls, begun ?? '');
  };
  for (;;) {
    const steps = stepsOf(calls);
    const answer = await ask(
      { ...asked, tools: definitions, ...(steps.length > 0 ? { steps } : {}), ...(begun === undefined ? {} : { begun }) },
      onDelta,
      token,
    );
    whole = together(whole, answer);
    const { call } = answer;
    if (answer.stop !== 'toolCall' || !call) return { ...whole, text: (begun ?? '') + answer.text };
    // At the bound it was told so, and calls all the same.
    if (calls.length >= bounds.calls) return { ...whole, stop: 'end' };
    const shown: ToolCallView = {
      ...{ id: randomUUID(), text: (begun ?? '') + answer.text, name: call.name, arguments: call.arguments, state: 'running', result: '' },
    };
    begun = undefined;
    change(shown);
    const repeated = repeats(shown);
    const done = await outcome(shown, repeated);
    const last = calls.length >= bounds.calls || bounds.allTokens - usedTokens < smallestResult;
    // Small models call again and again; one that has begun to answer goes on with that.
    if (last || repeated) begun = answerBegins;
    change({ ...shown, ...done, result: last ? `${done.result}\n(No more calls are possible. Answer now.)` : done.result });
    if (stopped()) return { ...whole, stop: 'cancelled', text: '' };
  }

  /** A command may be run twice, as often as the person agrees. */
  function repeats(shown: ToolCallView): boolean {
    const same = ({ id, name, arguments: written, state }: ToolCallView) =>
      id !== shown.id && name === shown.name && written === shown.arguments && state === 'done';
    return shown.name !== 'run' && calls.some(same);
  }

  async function outcome(shown: ToolCallView, repeated: boolean): Promise<Pick<ToolCallView, 'state' | 'result'>> {
    if (stopped()) return { state: 'stopped', result: '' };
    const tool = tools.find(({ definition }) => definition.name === shown.name);
    if (!tool) return { state: 'failed', result: `There is no tool ${shown.name}.` };
    const room = Math.min(bounds.resultTokens, bounds.allTokens - usedTokens);
    if (room < smallestResult) return { state: 'failed', result: 'There is no room for another result.' };
    if (repeated) return { state: 'done', result: 'This was called with the same arguments before; its result is above.' };
    const prepared = tool.prepare(parsed(shown.arguments));
    if ('refused' in prepared) return { state: 'failed', result: prepared.refused };
    const refusal = await agreement(shown, prepared);
    if (refusal) return refusal;
    try {
      const cut = await cutToTokens(await prepared.run(token), room, tool.keep, count);
      usedTokens += cut.tokens;
      const left = cut.lines > 0 ? `(${cut.lines} ${cut.lines === 1 ? 'line' : 'lines'} left out)` : '';
      return {
        state: stopped() ? 'stopped' : 'done',
        result: [cut.text, left].filter((part) => part !== '').join('\n'),
      };
    } catch (error) {
      return { state: stopped() ? 'stopped' : 'failed', result: messageOf(error) };
    }
  }

  /** @returns undefined when it may run */
  async function agreement(shown: ToolCallView, { command }: PreparedCall): Promise<Pick<ToolCallView, 'state' | 'result'> | undefined> {
    if (command === undefined) return undefined;
    if (command.length > longestCommand.characters || command.split('\n').length > longestCommand.lines)
      return { state: 'failed', result: 'The command is too long for a person to check. Use a shorter one.' };
    change({ ...shown, state: 'asking', command: visibleText(command) });
    const agreed = await approve(shown.id, command, token);
    if (stopped()) return { state: 'stopped', result: '' };
    if (!agreed) return { state: 'declined', result: 'The person declined. The command was not run.' };
    change(shown);
    return undefined;
  }
}

/** What the model is told of calls that came to something. */
export function stepsOf(calls: readonly ToolCallView[]): ToolStep[] {
  return calls.map(({ text, name, arguments: written, result }) => ({ text, call: { name, arguments: written }, result }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The newest answer with the costs of all. */
function together(before: Answer | undefined, answer: Answer): Answer {
  if (!before) return answer;
  const sum = (key: 'readTokens' | 'archivedTokens' | 'archiveMilliseconds' | 'generatedTokens' | 'seconds') => before[key] + answer[key];
  return {
    ...answer,
    // What was there before anything was read for it.
    reusedTokens: before.reusedTokens,
    ...{ readTokens: sum('readTokens'), archivedTokens: sum('archivedTokens'), archiveMilliseconds: sum('archiveMilliseconds') },
    ...{ generatedTokens: sum('generatedTokens'), seconds: sum('seconds') },
  };
}
