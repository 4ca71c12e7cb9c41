/** A slash command is a question asked well; what the person adds to it comes last and so weighs most. */
import type { Translate } from '../util/text';

const instructions: Readonly<Record<string, string>> = {
  explain: 'Explain this code: what it does, how, and where it is used. Name the files and lines you speak of as path:line.',
  fix: 'Find what is wrong with this code and fix it. Say in one sentence what was wrong, then show only the changed lines.',
  tests:
    'Write tests for this code with the test framework that this repository uses, in the style of its other tests. Cover the edge cases.',
  docs: 'Write documentation comments for this code in the form that this repository uses: what it is for, what goes in and out, and which errors there are. Show only the changed lines.',
  refactor:
    'Refactor this code without changing what it does. Say in one sentence what becomes better, then show only the changed lines. Name other files that must change with it.',
};

/** The commands as a list shows them, names without the slash. */
export function builtInCommands(t: Translate): { name: string; description: string }[] {
  return [
    { name: 'explain', description: t('Explain the selection or what is mentioned') },
    { name: 'fix', description: t('Find what is wrong and fix it') },
    { name: 'tests', description: t('Write tests in the style of this repository') },
    { name: 'docs', description: t('Write documentation comments') },
    { name: 'refactor', description: t('Refactor without changing behaviour') },
  ];
}

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
