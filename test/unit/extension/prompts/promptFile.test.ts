/** Prompt files: good ones, and malformed ones that are refused with a sentence. */
import { describe, expect, it } from 'vitest';
import { parsePromptFile } from '../../../../src/extension/prompts/promptFile';
import { largestPrompt } from '../../../../src/extension/prompts/promptLimits';
import { untranslated as t } from '../../../../src/extension/util/text';

const parse = (content: string, fileName = 'review.md', taken: string[] = ['explain']) => parsePromptFile(fileName, content, taken, t);

describe('a prompt file', () => {
  it('is its header and its text', () => {
    const content = `\uFEFF---\r\ndescription: "Review: all of it"\r\nmentions:\r\n  - '@file:docs/style.md'\r\n  - '@selection'\r\n---\r\n\r\nReview {{file}}.\r\n---\r\nend\r\n`;
    expect(parse(content)).toEqual({
      name: 'review',
      description: 'Review: all of it',
      mentions: [{ kind: 'file', path: 'docs/style.md' }, { kind: 'selection' }],
      body: 'Review {{file}}.\n---\nend',
    });
  });

  it('needs no header, and an empty one says nothing', () => {
    expect(parse('# Be kind\n\nto all')).toEqual({ name: 'review', description: 'Be kind', mentions: [], body: '# Be kind\n\nto all' });
    expect(parse('---\n---\nx')).toMatchObject({ description: 'x', body: 'x' });
    expect(parse('---\n# only a comment\n---\nx')).toMatchObject({ body: 'x' });
  });

  it('takes every value as text', () => {
    expect(parse('---\ndescription: 42\n---\nx')).toMatchObject({ description: '42' });
    expect(parse('---\ndescription: no\n---\nx')).toMatchObject({ description: 'no' });
  });

  it.each([
    ['a header without an end', '---\ndescription: x\nReview', /no end: a line "---" is missing/],
    ['broken YAML', '---\ndescription: [1, 2\n---\nx', /The header of review\.md cannot be used: .+\./],
    ['a key twice', '---\ndescription: a\ndescription: b\n---\nx', /cannot be used: Map keys must be unique/],
    ['a key that is not known', '---\ndescripton: a\n---\nx', /cannot be used: it has descripton; only description/],
    ['a header that is a list', '---\n- a\n---\nx', /cannot be used/],
    ['a list where a text belongs', '---\ndescription: [a]\n---\nx', /cannot be used/],
    ['a tag', '---\ndescription: !!js/function "x"\n---\nx', /cannot be used/],
    ['a bomb', `---\na: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nmentions: [*c,*c,*c,*c]\n---\nx`, /cannot be used/],
    ['a mention that is none', '---\nmentions: ["src/a.ts"]\n---\nx', /lists "src\/a\.ts", which is not a mention/],
    ['two mentions in one', '---\nmentions: ["@selection @problems"]\n---\nx', /which is not a mention/],
    ['no text', '---\ndescription: a\n---\n \n', /has no text below its header/],
    ['too much text', 'é'.repeat(largestPrompt / 2 + 1), /larger than 32 kB/],
  ])('with %s is refused', (_, content, sentence) => {
    const parsed = parse(content);
    expect(parsed).toEqual({ name: 'review', refused: expect.stringMatching(sentence) as string });
    expect('refused' in parsed && parsed.refused).toMatch(/^[^\n]+\.$/);
  });

  it.each([
    ['explain.md', 'There is already a command /explain. Rename explain.md.'],
    ['two words.md', 'The name of two words.md may have letters, digits, "-", "_" and "." only. Rename it.'],
    ['.md', 'The name of .md may have letters, digits, "-", "_" and "." only. Rename it.'],
  ])('called %s is refused', (fileName, refused) => {
    expect(parse('x', fileName)).toMatchObject({ refused });
  });
});
