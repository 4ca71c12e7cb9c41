/**
 * `bonsai bench sampling`: what guards against repetition do to a model's answers. Every guard is tried on the same
 * questions and the same code with the same seeds, by the assistant that the product has, only its sampler differs.
 */
import { basename } from 'node:path';
import { loadForCommand, readForQuestion, type CommandContext } from '../../cli/commands/context';
import type { LoadModelParams } from '../../protocol';
import { chatSampling } from '../../sidecar/prompt/chatSampling';
import type { SamplerConfig } from '../../sidecar/engine/addon';
import { BonsaiError } from '../../sidecar/errors';
import { commandLine, machineName } from '../machine';
import { markdownPage, markdownTable, Report } from '../report';
import { linesKept, repetition } from './figures';
import { copies, questions } from './tasks';

export interface SamplingOptions {
  load: LoadModelParams;
  folder: string;
  /** Names of {@link guards}; none: all of them. */
  guards: readonly string[];
  /** Of the questions and pieces of code, how many. */
  tasks: number;
  tokens: number;
  out: string;
  name: string;
}

type Guard = Omit<SamplerConfig, 'temperature' | 'topP' | 'minP' | 'seed'>;

const penalty = (more: Guard): Guard => ({
  repeatPenaltyTokens: new Uint32Array(),
  repeatPenalty: 1,
  repeatPenaltyMaxTokens: 256,
  ...more,
});
const dry = (allowed: number): Guard => ({
  dryRepeatPenaltyStrength: 0.8,
  dryRepeatPenaltyBase: 1.75,
  dryRepeatPenaltyAllowedLength: allowed,
  dryRepeatPenaltyLastTokens: 2048,
});

export const guards: Readonly<Record<string, Guard>> = {
  none: {},
  'repeat 1.05': penalty({ repeatPenalty: 1.05 }),
  'repeat 1.1': penalty({ repeatPenalty: 1.1 }),
  'frequency 0.1': penalty({ repeatPenaltyFrequencyPenalty: 0.1 }),
  'presence 0.3': penalty({ repeatPenaltyPresencePenalty: 0.3 }),
  'DRY 2': dry(2),
  'DRY 8': dry(8),
  'DRY 16': dry(16),
  'DRY 32': dry(32),
};

interface Answered {
  guard: string;
  kind: 'question' | 'code';
  stop: string;
  tokens: number;
  seconds: number;
  repetition: number;
  /** Of a question: whether it names what is asked for. Of code: the share of its lines. */
  right: number;
  text: string;
}

export async function sampling(
  context: CommandContext,
  { load, folder, guards: chosen, tasks, tokens, out, name }: SamplingOptions,
): Promise<void> {
  const { bonsai, output, signal } = context;
  const tried = chosen.length > 0 ? chosen : Object.keys(guards);
  const unknown = tried.find((each) => !(each in guards));
  if (unknown !== undefined)
    throw new BonsaiError('bad-request', `There is no guard ${unknown}. There are: ${Object.keys(guards).join(', ')}.`);
  const info = await loadForCommand(context, load);
  const read = await readForQuestion(context, folder);
  const { loaded } = bonsai;
  if (!loaded) throw new BonsaiError('no-model', `${info.name} was unloaded before it could be measured. Type the command again.`);
  const report = new Report(out, name);
  const own = loaded.sampler.bind(loaded);
  const answered: Answered[] = [];
  // Of a short run, too, a quarter is code.
  const all = copies.flatMap((copy, i) => [...questions.slice(3 * i, 3 * i + 3), copy]).slice(0, tasks);
  for (const [i, task] of all.entries()) {
    // One question for all guards in turn: its prompt is read once.
    for (const guard of tried) {
      output.progress(`${i + 1} of ${all.length}: ${guard}`);
      loaded.sampler = ({ seed = 1 }) => own({ ...chatSampling, ...guards[guard], seed });
      const params = 'params' in task ? task.params : { question: task.question };
      const { text, stop, generatedTokens, seconds } = await bonsai.ask({ ...params, maxTokens: tokens }, () => undefined, signal);
      signal.throwIfAborted();
      const right = 'params' in task ? linesKept(task.wanted, text) : Number(task.names.test(text));
      const kind = 'params' in task ? 'code' : 'question';
      answered.push({ guard, kind, stop, tokens: generatedTokens, seconds, repetition: repetition(text), right, text });
    }
    const commands = [commandLine()];
    const model = `${info.name} (${basename(info.path)}, ${info.bytes.toLocaleString('en-US')} bytes)`;
    const machine = machineName(info.device);
    report.json({ machine, model, commands, repositoryTokens: read.tokens, answered });
    const title = `Guards against repetition: ${info.name}`;
    report.markdown(markdownPage({ title, machine, model, commands, sections: [samplingTable(answered)] }));
  }
  loaded.sampler = own;
  output.result({ json: report.jsonFile, markdown: report.markdownFile }, () => samplingTable(answered));
}

function samplingTable(answered: readonly Answered[]): string {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const names = [...new Set(answered.map(({ guard }) => guard))];
  const rows = names.map((name) => {
    const [asked, code] = (['question', 'code'] as const).map((kind) =>
      answered.filter((each) => each.guard === name && each.kind === kind),
    );
    const count = (list: readonly Answered[] = [], stop: string) => String(list.filter((each) => each.stop === stop).length);
    const share = (list: readonly Answered[] = [], of: (each: Answered) => number) => `${Math.round(100 * mean(list.map(of)))} %`;
    const words = share(asked, (each) => each.repetition);
    const right = share(asked, (each) => each.right);
    const kept = share(code, (each) => each.right);
    const whole = `${code?.filter((each) => each.right === 1).length ?? 0} of ${code?.length ?? 0}`;
    return [name, count(asked, 'repeating'), count(asked, 'maxTokens'), words, right, count(code, 'repeating'), kept, whole];
  });
  const head = ['guard', 'loops', 'cut at the limit', 'said again', 'right', 'loops in code', 'lines of code kept', 'code faultless'];
  return markdownTable(head, rows);
}
