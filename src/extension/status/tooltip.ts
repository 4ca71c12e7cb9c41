/** The tooltip is a short table of facts; names from outside are escaped, since the result is markdown. */
import type { ReadProgress, Status } from '../../protocol';
import type { CompletionSummary } from '../ghostText/completionNumbers';
import { percent } from '../reading/readingText';
import { exactCount, shortBytes, shortCount, shortSeconds } from '../../protocol/numbers';
import { allCaches } from '../util/allCaches';
import type { Translate } from '../util/text';
import { memoryFacts } from './memoryFacts';

/** What the tooltip knows beyond the sidecar's status. */
export interface TooltipContext {
  trusted: boolean;
  /** The budget setting: KV entries per layer and head; 0 leaves the choice to the model. */
  budget: number;
  progress: ReadProgress | undefined;
  /** What the last read had to say beside its numbers. */
  notes: readonly string[];
  completions?: CompletionSummary | undefined;
}

export function statusTooltip(status: Status, context: TooltipContext, t: Translate): string {
  const lines: string[] = [];
  const fact = (name: string, value: string) => lines.push(`| ${escape(name)} | ${escape(value)} |`);
  const { model, repository } = status;
  if (model) {
    fact(t('Model'), `${model.name} (${shortBytes(model.bytes)}, ${model.device})${model.demo ? `, ${t('demonstration only')}` : ''}`);
    fact(t('Engine'), model.engine === 'bonsai' ? t('Bonsai, bounded cache') : t("llama.cpp's own cache, not bounded by Bonsai"));
    fact(t('Budget'), context.budget > 0 ? t('{0} entries per layer', exactCount(context.budget)) : t('chosen from the model'));
    fact(t('Policy'), `${model.policy}, ${t('positions {0}', model.positions)}`);
  }
  if (repository) {
    const done = repository.complete ? '' : `, ${percent(repository.tokensRead, repository.tokensTotal)}%`;
    fact(t('Repository'), `${repository.name}${done}`);
    fact(t('Files'), t('{0} listed, {1} skipped', exactCount(repository.files), exactCount(repository.skipped)));
    fact(t('Tokens'), t('{0} read, {1} kept per layer', exactCount(repository.tokensRead), exactCount(repository.tokensKept)));
    for (const [name, value] of memoryFacts(repository.memory, t)) fact(name, value);
  }
  if (model) {
    fact(t('KV cache'), t('{0} now, {1} uncompressed', shortBytes(status.kvBytes), shortBytes(status.kvBytesFull)));
    fact(t('Allocated'), allCaches(status.kvBytes, model.engine === 'bonsai' ? 4 : 3, t));
  }
  if (context.progress && status.state === 'reading' && context.progress.phase === 'reading') {
    const { tokensPerSecond, secondsLeft, file } = context.progress;
    fact(
      t('Speed'),
      t('{0} tokens/s', shortCount(tokensPerSecond)) + (secondsLeft === null ? '' : `, ${t('{0} left', shortSeconds(secondsLeft))}`),
    );
    if (file) fact(t('Reading'), file);
  }
  if (model && context.completions) {
    const { last, p50, p95, count } = context.completions;
    const tokens = [last.reusedTokens, last.readTokens, last.generatedTokens].map(exactCount);
    fact(t('Ghost text'), t('{0} ms, tokens: {1} reused, {2} read, {3} written', exactCount(last.milliseconds), ...tokens));
    fact(t('Latest {0}', count), t('half within {0} ms, 95% within {1} ms', exactCount(p50), exactCount(p95)));
  }
  const paragraphs = ['**Bonsai**'];
  if (lines.length > 0) paragraphs.push(['| | |', '|:--|:--|', ...lines].join('\n'));
  if (status.lostRepository !== undefined && status.state !== 'failed')
    paragraphs.push(escape(t('The engine stopped and was restarted; {0} has to be read again.', status.lostRepository)));
  paragraphs.push(...context.notes.map(escape));
  if (status.message) paragraphs.push(escape(status.message));
  if (!context.trusted) paragraphs.push(escape(t('This workspace is not trusted: Bonsai reads nothing from it.')));
  if (status.state === 'noModel' && !status.message)
    paragraphs.push(escape(t('Starts when you first use it. Nothing leaves this machine.')));
  else if (model && !repository) paragraphs.push(escape(t('No repository has been read yet.')));
  return paragraphs.join('\n\n');
}

/** Makes any text safe to stand in a cell of a markdown table. */
function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~$&-]/g, '\\$&').replace(/\s*\n\s*/g, ' ');
}
