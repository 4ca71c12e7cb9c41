/** Lines of source inside a chat turn, as the tokens of the file they are from. With the demo model's tokenizer and template. */
import type { LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AskParams } from '../../../../src/protocol';
import { demoModelPath } from '../../../../src/sidecar/bundleRoot';
import { loadLibrary, loadLlama } from '../../../../src/sidecar/engine/llama';
import type { LoadedModel } from '../../../../src/sidecar/engine/loadedModel';
import { checkModelFile } from '../../../../src/sidecar/engine/modelFile';
import { chatTemplateSource } from '../../../../src/sidecar/engine/modelMetadata';
import { LineBreaks, tokensOfLines } from '../../../../src/sidecar/memory/tokenWeights';
import { chatPrompt } from '../../../../src/sidecar/prompt/chatPrompt';
import { chatTemplate } from '../../../../src/sidecar/prompt/chatTemplate';
import { tokenizeText } from '../../../../src/sidecar/prompt/modelTokens';
import { promptWithPlaces, splitAt } from '../../../../src/sidecar/prompt/sourcePlaces';

let model: LlamaModel;
let template: LoadedModel['chatTemplate'];

beforeAll(async () => {
  const llama = await loadLlama('off');
  const { header } = await checkModelFile(llama, demoModelPath);
  model = await llama.loadModel({ modelPath: demoModelPath, vocabOnly: true });
  template = chatTemplate(await loadLibrary(), model, chatTemplateSource(header));
});
afterAll(() => model.dispose());

const said = (tokens: Uint32Array) => model.detokenize([...tokens] as never, true);
const lines = (path: string, text: string) => ({ path, startLine: 1, endLine: text.split('\n').length, text });
const tokensOf = ({ text }: { text: string }) => ({ tokens: tokenizeText(model, `${text}\n`) });

it('the turn says what it says with the lines as text, in the same order', () => {
  const recalled = [lines('a.ts', 'export const a = 1;\nexport const b = 2;'), lines('b.ts', '  const inner = `${a}`;')];
  const attachments = [lines('c.py', 'def f():\n\treturn "ünïcode 🦜"')];
  const ask = { question: 'What is [[rows0:0]]?', recalled, attachments, history: [{ role: 'user' as const, text: '[[rows1:1]]' }] };
  const plain = chatPrompt(model, template, ask);
  const { tokens, places, ...rest } = promptWithPlaces(model, template, ask, tokensOf);
  // One line feed more or less at the end of the lines, which are whole lines of a file here.
  const gist = (text: string) => text.replace(/\n+/g, '\n');
  expect(gist(said(tokens))).toBe(gist(said(plain.tokens)));
  expect(rest.stopTokens).toEqual(plain.stopTokens);
  expect(places.map(({ start, end }) => said(tokens.subarray(start, end)))).toEqual(
    [...recalled, ...attachments].map(({ text }) => `${text}\n`),
  );
});

it('lines that nothing stands for stay text', () => {
  const recalled = [lines('a.ts', 'const a = 1;'), lines('b.ts', 'const b = 2;')];
  const ask: AskParams & { recalled: typeof recalled } = { question: 'q', recalled };
  const one = promptWithPlaces(model, template, ask, (each) => (each.path === 'b.ts' ? tokensOf(each) : undefined));
  expect(one.places.length).toBe(1);
  expect(said(one.tokens)).toContain('```\nconst a = 1;\n```');
  const none = promptWithPlaces(model, template, ask, () => undefined);
  expect(none.places).toEqual([]);
  expect(none.tokens).toEqual(chatPrompt(model, template, ask).tokens);
});

it('a mark that is not there is an error, and one that comes twice is taken where it comes first', () => {
  const tokens = tokenizeText(model, 'before <<here>> between <<here>> after');
  expect(splitAt(model, tokens, []).map(said)).toEqual(['before <<here>> between <<here>> after']);
  const [first = '', ...rest] = splitAt(model, tokens, ['<<here>>']).map((part) => said(part).trim());
  expect('before'.startsWith(first)).toBe(true);
  expect(rest.join()).toContain('between');
  expect(() => splitAt(model, tokens, ['<<here>>', '<<nowhere>>'])).toThrow('<<nowhere>>');
});

it('the tokens of lines are those that begin in them', () => {
  const text = 'one\ntwo\n\n    indented\n\n\nlast';
  const tokens = tokenizeText(model, text);
  const breaks = new LineBreaks(model);
  const of = (startLine: number, endLine: number) => tokensOfLines(tokens, breaks, { startLine, endLine });
  expect(of(1, 7)).toEqual({ from: 0, to: tokens.length });
  expect(said(tokens.subarray(of(1, 1).from, of(1, 1).to)).trim()).toBe('one');
  expect(said(tokens.subarray(of(4, 4).from, of(4, 4).to)).trim()).toBe('indented');
  expect(said(tokens.subarray(of(7, 7).from, of(7, 7).to)).trim()).toBe('last');
  // Line after line they are the whole text, none twice.
  let at = 0;
  for (let line = 1; line <= 7; line++) {
    const { from, to } = of(line, line);
    if (from === to) continue;
    expect(from).toBe(at);
    at = to;
  }
  expect(at).toBe(tokens.length);
  expect(of(8, 9)).toEqual({ from: tokens.length, to: tokens.length });
});
