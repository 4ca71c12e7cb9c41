/** Filling in the middle in a chat: what is asked, and what is taken out of an answer. */
import { describe, expect, it } from 'vitest';
import { cursorMarker, emulatedTurn, infillOfAnswer, isClosed } from '../../../../../src/sidecar/prompt/infill/emulation';

describe('the question', () => {
  it('shows the place with a marker, in a fence that the text cannot close', () => {
    const { question, system } = emulatedTurn({ path: 'a.md', before: 'x\n```\n', after: '\ny' });
    expect(question).toBe(`a.md:\n\`\`\`\`\nx\n\`\`\`\n${cursorMarker}\ny\n\`\`\`\`\n\nWrite what belongs at ${cursorMarker}.`);
    expect(system).toContain(cursorMarker);
  });
});

describe('of an answer', () => {
  const before = 'function f() {\n  const a = ';
  it.each([
    ['bare text is kept', 'g(1);', 'g(1);'],
    ['bare lines are kept', 'g(\n    1,\n  );', 'g(\n    1,\n  );'],
    ['the text in a fence', '```ts\ng(1);\n```', 'g(1);'],
    ['the text in a fence, not what is said around it', 'Sure! Here it is:\n\n```ts\ng(1);\n```\nThis calls g.', 'g(1);'],
    ['the text in a fence that is still open', '```typescript\ng(1', 'g(1'],
    ['the text in a longer fence, with one inside', '````md\na\n```\nb\n```\n````', 'a\n```\nb\n```'],
    ['what comes after an introduction', "Here's the code:\ng(1);", 'g(1);'],
    ['what was said, not what was thought', '<think>\nIt wants g.\n</think>\n\ng(1);', 'g(1);'],
    ['nothing while it is thinking', '<think>\nIt wants g', ''],
    ['what follows the line that it repeats', '  const a = g(1);', 'g(1);'],
    ['what follows the line, repeated without its indentation', 'const a = g(1);', 'g(1);'],
    ['what follows the lines that it repeats', '```\nfunction f() {\n  const a = g(1);\n```', 'g(1);'],
    ['nothing while it repeats the lines', '```\nfunction f() {\n  const', ''],
    ['nothing while it repeats the lines, the last of them still to come', 'function f() {\n', ''],
    ['what differs from the lines after their beginning', 'function f() {\n  let b = 2;', 'function f() {\n  let b = 2;'],
    ['what follows the marker', `const a = ${cursorMarker}g(1);`, 'g(1);'],
    ['a text like an introduction that is code', 'code: 1,', 'code: 1,'],
    ['nothing of nothing', '', ''],
  ])('%s', (_, answer, expected) => {
    expect(infillOfAnswer(answer, before)).toBe(expected);
  });

  it('nothing is lost where nothing was written before', () => {
    expect(infillOfAnswer('const a = 1;', '')).toBe('const a = 1;');
    expect(infillOfAnswer('  return 1;', 'f() {\n  ')).toBe('return 1;');
    expect(infillOfAnswer('ab', 'x = a')).toBe('ab');
    expect(infillOfAnswer('ab', 'a')).toBe('ab');
  });

  it('only something that was in it is left, whatever it is', () => {
    const pieces = ['```', '\n', 'a', '<think>', '</think>', cursorMarker, ' ', 'const a = ', '~~~', '`'];
    let seed = 3;
    const random = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % pieces.length;
    for (let i = 0; i < 3000; i++) {
      const answer = Array.from({ length: 8 }, () => pieces[random()]).join('');
      const left = infillOfAnswer(answer, before);
      expect(answer.replace(/<think>[^]*?(?:<\/think>|$)/g, '')).toContain(left);
    }
  });
});

describe('an answer', () => {
  it('in a fence ends with the fence', () => {
    expect(isClosed('```ts\na\n```')).toBe(true);
    expect(isClosed('Here:\n```ts\na\n```\nmore')).toBe(true);
    expect(isClosed('```ts\na\n')).toBe(false);
    expect(isClosed('````ts\na\n```\n')).toBe(false);
    expect(isClosed('a\nb')).toBe(false);
  });
});
