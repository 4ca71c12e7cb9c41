/**
 * What the model is asked for by each command. Lines that a request is about are named by number and quoted as they are, because
 * models count badly; long stretches are named only. What is quoted stands in a fence that nothing in it can close.
 */
import { fenced } from '../../util/text';

export interface QuotedLines {
  /** Path as the repository memory has it. */
  path: string;
  /** From 1, both included. */
  startLine: number;
  endLine: number;
  /** The lines as they are now. */
  text: string;
}

const mostQuoted = 60;

/** `line 3 of src/a.ts`, `lines 3 to 9 of src/a.ts`. */
function named({ path, startLine, endLine }: QuotedLines): string {
  return `${startLine === endLine ? `line ${startLine}` : `lines ${startLine} to ${endLine}`} of ${path}`;
}

/** The lines themselves, to follow a sentence that names them; empty when they are many. */
function quoted({ startLine, endLine, text }: QuotedLines): string {
  return endLine - startLine < mostQuoted ? `The lines meant are:\n${fenced(text)}\n` : '';
}

/** The person's words are the task and come last; what else may change is said too. */
export function editPrompt(place: QuotedLines, instruction: string): string {
  return `Change ${named(place)}, and nothing else unless it must change with them.\n${quoted(place)}The change:\n${instruction.trim()}`;
}

/** A refactoring keeps the behaviour; other files change only where they use what changes. */
export function refactorPrompt(place: QuotedLines, instruction: string): string {
  return `Refactor ${named(place)} without changing what the code does. Where other files use what you rename or move, change them too.\n${quoted(place)}The refactoring:\n${instruction.trim()}`;
}

const longestMessage = 400;
const mostProblems = 10;

/**
 * A problem is quoted as the tool reported it, on one line, and the smallest change that fixes it is asked for.
 * @param problems messages of language servers and linters; text to work on, so none gets more than its line
 */
export function fixPrompt(place: QuotedLines, problems: readonly string[]): string {
  const list = problems.slice(0, mostProblems).map((problem) => `- ${problem.replace(/\s+/g, ' ').trim().slice(0, longestMessage)}`);
  return `These problems were reported at ${named(place)}:\n${list.join('\n')}\n${quoted(place)}Mend them with the smallest change. Do not silence them.`;
}

/**
 * Tests go into the file that is named, in the style of the tests the repository has already.
 * @param target path for the tests
 * @param existing the last lines of that file, when it is there already
 */
export function writeTestsPrompt(place: QuotedLines, target: string, existing: string | undefined): string {
  const where =
    existing === undefined ? `Put them into the new file ${target}.` : `Add them to ${target}, which ends now with:\n${fenced(existing)}`;
  return `Write tests for ${named(place)}, with the test framework and in the style that this repository uses. Test ordinary cases, borders and wrong input. Do not change the code under test.\n${quoted(place)}${where}`;
}

/** Documentation says what a reader cannot see: purpose, units, errors; the code itself stays as it is. */
export function writeDocsPrompt(place: QuotedLines): string {
  return `Write documentation comments for what is declared in ${named(place)}, in the form this language and this repository use. Say what it is for, what goes in and out, and which errors there are. Do not repeat the signature in words, and do not change any code.\n${quoted(place)}`.trimEnd();
}

/** An explanation goes to the chat, where the conversation can go on; the selection travels with the question. */
export function explainPrompt(): string {
  return 'Explain what these lines do, why they are needed, and what to watch out for when changing them.';
}
