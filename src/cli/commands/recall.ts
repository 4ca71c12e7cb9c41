/** `bonsai recall`: how well constants of a folder come back, from its compressed memory alone, with rows of the archive, and with source added as text. */
import { resolve } from 'node:path';
import type { LoadOptions } from '../../sidecar/engine/loadedModel';
import { counted, exactCount } from '../../protocol/numbers';
import { table } from '../table';
import { loadForCommand, readForQuestion, type CommandContext } from './context';

export async function recall(context: CommandContext, folder: string, load: LoadOptions, needles: number | undefined): Promise<void> {
  const { bonsai, output, signal } = context;
  const model = await loadForCommand(context, load);
  const read = await readForQuestion(context, resolve(folder));
  const { fidelity, asked } = await bonsai.measureFidelity({
    needles,
    signal,
    onProgress: (done, total) => output.progress(`asked for ${done} of ${total} constants`),
  });
  const { memory, rows, recalled, found } = fidelity;
  const about = { model: model.path, engine: model.engine, policy: model.policy, files: read.files, repositoryTokens: read.tokens };
  output.result({ ...fidelity, ...about, asked }, () => [
    `${read.name}: ${counted(read.files, 'file')}, ${counted(read.tokens, 'token')}; ${exactCount(asked.length)} of its constants asked for`,
    `model ${model.name}${model.demo ? ' (small demonstration model)' : ''}, engine ${model.engine}, policy ${model.policy}`,
    '',
    ...table([
      ['', 'exact', 'nats a token'],
      ['memory alone', `${memory.exact} of ${asked.length}`, memory.nats.toFixed(2)],
      rows && rows.needles > 0
        ? ['with rows from the archive', `${rows.exact} of ${rows.needles}`, rows.nats.toFixed(2)]
        : ['with rows from the archive', 'the archive has none', ''],
      ['with source added as text', `${recalled.exact} of ${asked.length}`, recalled.nats.toFixed(2)],
    ]),
    '',
    `the defining line was added for ${Math.round(100 * found)} %`,
  ]);
}
