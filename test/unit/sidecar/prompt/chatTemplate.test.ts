/** The system text that a template adds by itself, found out from how it renders a conversation without one. */
import type { ChatWrapper } from 'node-llama-cpp';
import { beforeAll, expect, it } from 'vitest';
import { loadLibrary, type Library } from '../../../../src/sidecar/engine/llama';
import { standingSystem, whyUnusable } from '../../../../src/sidecar/prompt/chatTemplate';

let library: Library;
beforeAll(async () => {
  library = await loadLibrary();
});

const turns = "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}{% endfor %}";
const answer = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
const standing = (text: string) =>
  `{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\n${text}<|im_end|>\\n' }}{% endif %}${turns}${answer}`;

const found = (wrapper: ChatWrapper, template: string) => standingSystem(wrapper, () => new library.JinjaTemplateChatWrapper({ template }));

it.each(['Qwen', 'ChatML'] as const)('is found for the %s wrapper, which leaves it out', (name) => {
  const wrapper = name === 'Qwen' ? new library.QwenChatWrapper() : new library.ChatMLChatWrapper();
  expect(found(wrapper, standing('You are Q. You help.'))).toBe('You are Q. You help.');
});

it('is none where the template adds none', () => {
  expect(found(new library.QwenChatWrapper(), `${turns}${answer}`)).toBeUndefined();
});

it('is none where wrapper and template have different turns, or the template cannot be rendered', () => {
  expect(found(new library.GemmaChatWrapper(), standing('You are Q.'))).toBeUndefined();
  expect(found(new library.QwenChatWrapper(), '{{ raise_exception("no") }}')).toBeUndefined();
  expect(found(new library.QwenChatWrapper(), '{% if %}')).toBeUndefined();
});

it('is not added where the wrapper adds it', () => {
  const template = standing('You are Q.');
  expect(found(new library.JinjaTemplateChatWrapper({ template }), template)).toBeUndefined();
});

it('says why the template of a file is not used, in a line', () => {
  const parse = (template: string) => new library.JinjaTemplateChatWrapper({ template });
  expect(whyUnusable(`${turns}${answer}`, parse)).toBeUndefined();
  expect(whyUnusable(undefined, parse)).toBe('The model file has no chat template.');
  expect(whyUnusable(' \n', parse)).toBe('The model file has no chat template.');
  const broken = whyUnusable('{% for m in messages %}{{ m.content', parse);
  expect(broken).toMatch(/^The model file's chat template cannot be used \(.+\)\.$/);
  expect(broken?.length).toBeLessThan(300);
});
