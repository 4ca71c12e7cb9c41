/** Policy: a slash command is a question asked well; what the person adds to it comes last and so weighs most. */
import type { Translate } from '../util/text';

const instructions: Readonly<Record<string, string>> = {
  explain: 'Explain this code: what it does, how, and where it is used. Name the files and lines you speak of as path:line.',
  fix: 'Find what is wrong with this code and fix it. Say in one sentence what was wrong, then show only the changed lines.',
  tests:
    'Write tests for this code with the test framework that this repository uses, in the style of its other tests. Cover the edge cases.',
};

/** The question for the model. @param command without its slash */
export function questionOf(command: string | undefined, prompt: string): string {
  const instruction = command === undefined ? undefined : instructions[command];
  return [instruction, prompt.trim()].filter(Boolean).join('\n\n');
}

export interface Followup {
  prompt: string;
  label: string;
  command?: string;
}

/** What people ask next. @param command that was answered */
export function followupsAfter(command: string | undefined, t: Translate): Followup[] {
  const again = t('the code above');
  const all: Followup[] = [
    { prompt: again, command: 'explain', label: t('Explain it') },
    { prompt: again, command: 'tests', label: t('Write tests for it') },
    { prompt: t('Where is this used?'), label: t('Where is this used?') },
  ];
  return all.filter((followup) => followup.command === undefined || followup.command !== command);
}
