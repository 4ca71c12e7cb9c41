/**
 * Another agent gets the answer, where it comes from and how far it can be trusted, in plain text. When nothing
 * was read, that is the result; the memory is never built for an agent that asks.
 */
import type { Answer, Status } from '../../protocol';

/** What an agent is told in place of an answer, or nothing when the memory can answer. In English: agents read it. */
export function cannotAnswer(trusted: boolean, { repository }: Pick<Status, 'repository'>): string | undefined {
  if (!trusted) return 'This workspace is not trusted, so Bonsai has read nothing of it and answers nothing.';
  if (!repository || repository.tokensRead === 0)
    return 'Bonsai has not read this repository, so it knows nothing of it. Ask the person to run the command "Bonsai: Read Repository".';
  return undefined;
}

/** The parts of a result, the most needed first. */
export function resultParts(answer: Answer, { repository }: Pick<Status, 'repository'>): string[] {
  const spans = answer.recalled.map(({ path, startLine, endLine, why }) => `- ${path}:${startLine}-${endLine} (${why})`);
  const share = repository ? Math.floor((100 * repository.tokensRead) / Math.max(1, repository.tokensTotal)) : 0;
  const notes = [
    ...(answer.stop === 'maxTokens' ? ['The answer was cut at its token limit.'] : []),
    ...(answer.stop === 'repeating' ? ['The answer repeated itself and was stopped: it may be incomplete.'] : []),
    ...(repository && !repository.complete ? [`Only ${share} % of the repository has been read.`] : []),
    ...(answer.behind.length > 0 ? [`Changed on disk since they were read: ${answer.behind.join(', ')}.`] : []),
    'The answer comes from a compressed memory of the repository: check what matters in the files.',
  ];
  return [
    answer.text.trim() || 'The model gave no answer.',
    ...(spans.length > 0 ? [`Exact source that was before the model:\n${spans.join('\n')}`] : []),
    notes.join('\n'),
  ];
}
