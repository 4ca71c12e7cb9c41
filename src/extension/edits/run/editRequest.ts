/**
 * One request to the model for one task. What the model must quote is before it, exactly; when its memory has no
 * room for that much of the file, less is shown. What it writes is handed on as it comes and kept for the report, up to a bound.
 */
import type { CancellationToken } from 'vscode-jsonrpc/node';
import type { Answer, AnswerDelta } from '../../../protocol';
import type { SidecarClient } from '../../engine/sidecarClient';
import { toSidecarError, type SidecarError } from '../../engine/sidecarError';
import { excerpt, excerptSizes } from './excerpt';
import type { LineSpan } from '../blocks/locate';
import { editFormat, workedEdit } from './editFormat';

export interface EditQuestion {
  /** As the repository memory has it. */
  path: string;
  lines: readonly string[];
  span: LineSpan;
  question: string;
}

export interface EditAnswer {
  text: string;
  stop: Answer['stop'] | undefined;
  /** Why the answer broke off; what came before it counts. */
  failure: SidecarError | undefined;
}

const maxTokens = 2048;
/** Characters of the answer that are kept to be shown. */
const longestKept = 1_000_000;

/** Never rejects: however the answer ends, what was written of it has been handed on. */
export async function askForEdits(
  client: Pick<SidecarClient, 'ask'>,
  task: EditQuestion,
  onDelta: (delta: AnswerDelta) => void,
  token: CancellationToken,
): Promise<EditAnswer> {
  let text = '';
  const take = (delta: AnswerDelta) => {
    if (text.length < longestKept) text += delta.text;
    onDelta(delta);
  };
  let last: LineSpan | undefined;
  let failure: SidecarError | undefined;
  for (const size of excerptSizes) {
    const shown = excerpt(task.lines.length, task.span, size);
    if (last?.first === shown.first && last.last === shown.last) continue;
    last = shown;
    const selection = {
      path: task.path,
      startLine: shown.first + 1,
      endLine: shown.last + 1,
      text: task.lines.slice(shown.first, shown.last + 1).join('\n'),
    };
    try {
      const params = { system: editFormat(), history: workedEdit(), question: task.question, selection, maxTokens };
      const { stop } = await client.ask(params, take, token);
      return { text, stop, failure: undefined };
    } catch (error) {
      failure = toSidecarError(error);
      if (failure.code !== 'context-full') break;
    }
  }
  return { text, stop: undefined, failure };
}
