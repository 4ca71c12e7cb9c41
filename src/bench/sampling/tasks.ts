/**
 * What guards against repetition are tried on. Questions, on which small models run in circles; and code to be written
 * again, which repeats its words, signs and indentation by right, and which a guard must not spoil.
 */
import type { AskParams } from '../../protocol';

export interface Question {
  question: string;
  /** An answer that found what is asked for names it. */
  names: RegExp;
}

export interface Copy {
  params: AskParams;
  /** What a faultless answer has in its code. */
  wanted: string;
}

/** About `src/extension/terminal` of this repository. */
export const questions: readonly Question[] = [
  { question: 'How is the last command of a terminal remembered?', names: /LastCommands|onDidEndTerminalShellExecution|WeakMap/ },
  { question: 'What does `readable` do with the output of a terminal?', names: /control|escape|line/i },
  { question: 'List every exported function and class of this folder with one sentence each.', names: /OutputTail|LastCommands/ },
  { question: 'Why is only the end of a long output kept?', names: /end|token|long/i },
  {
    question: 'Explain step by step what happens when somebody explains a terminal selection.',
    names: /clipboard|terminalSelection|copySelection/,
  },
  { question: 'What is the exit code used for?', names: /exit code|exitCode/ },
  { question: 'Which class follows the output of a running command, and how?', names: /OutputTail|follow|read\(/ },
  { question: 'How would you test `OutputTail`? Write the tests.', names: /OutputTail/ },
  { question: 'Write a table of all files of this folder with their purpose.', names: /\|/ },
  { question: 'What happens when a terminal is closed while a command runs?', names: /catch|early|end/i },
  { question: 'Which constants limit the output, and what are their values?', names: /200_?000|2_?000|longest/ },
  { question: 'Summarise this folder for somebody who has never seen it.', names: /terminal/i },
];

const cases = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'];
const switchCode = [
  'export function weightOf(kind: string): number {',
  '  switch (kind) {',
  ...cases.flatMap((name, i) => [`    case '${name}':`, `      return ${i + 1} * scale(kind);`]),
  '    default:',
  '      return 0;',
  '  }',
  '}',
].join('\n');
const testCode = cases
  .map((name, i) => [`test('${name} is weighed', () => {`, `  expect(weightOf('${name}')).toBe(${i + 1});`, '});', ''].join('\n'))
  .join('\n')
  .trimEnd();
const nestedCode = [
  'function walk(node: Node | undefined): void {',
  '  if (node) {',
  '    if (node.left) {',
  '      if (node.left.left) {',
  '        walk(node.left.left);',
  '      }',
  '      walk(node.left);',
  '    }',
  '    if (node.right) {',
  '      if (node.right.right) {',
  '        walk(node.right.right);',
  '      }',
  '      walk(node.right);',
  '    }',
  '  }',
  '}',
].join('\n');

const again = (code: string): Copy => ({
  params: { question: `Write this code once more, unchanged, in one code block:\n\n\`\`\`ts\n${code}\n\`\`\`` },
  wanted: code,
});
const renamed = (code: string, from: string, to: string): Copy => ({
  params: {
    question: `Rename \`${from}\` to \`${to}\` everywhere in this code. Write all of it, in one code block:\n\n\`\`\`ts\n${code}\n\`\`\``,
  },
  wanted: code.replaceAll(from, to),
});

export const copies: readonly Copy[] = [again(switchCode), again(testCode), again(nestedCode), renamed(testCode, 'weightOf', 'massOf')];
