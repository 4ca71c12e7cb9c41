/** Prompts for every family, with vocabularies made up of its special tokens and single characters: exact token lists. */
import type { GgufFileInfo, Token } from 'node-llama-cpp';
import { describe, expect, it } from 'vitest';
import type { CompleteParams } from '../../../../src/protocol';
import type { LoadedModel } from '../../../../src/sidecar/engine/loadedModel';
import type { ContextKeeper } from '../../../../src/sidecar/ghost/cursorContext';
import { infillWay } from '../../../../src/sidecar/ghost/infillWay';
import { infillPrompt } from '../../../../src/sidecar/prompt/infill/infillPrompt';
import { modelTokens, type PromptModel } from '../../../../src/sidecar/prompt/modelTokens';
import { repositoryHead } from '../../../../src/sidecar/prompt/repositoryPrompt';

interface Vocabulary {
  name?: string;
  specials: string[];
  /** What llama.cpp found, or the file declares. */
  declared?: { prefix: string; suffix: string; middle: string };
  bos?: string;
}

const firstSpecial = 0x20_0000;

/** Special tokens have ids above every character's. */
function fake({ name = 'A model', specials, declared, bos }: Vocabulary) {
  const idOf = (text: string | undefined) => (text === undefined ? null : ((firstSpecial + specials.indexOf(text)) as Token));
  const model = {
    tokenize: (text: string, special?: boolean) =>
      special && specials.includes(text) ? [idOf(text)] : Array.from(text, (character) => character.codePointAt(0)!),
    detokenize: (tokens: readonly number[]) =>
      tokens.map((token) => specials[token - firstSpecial] ?? String.fromCodePoint(token)).join(''),
    isSpecialToken: (token: number) => token >= firstSpecial,
    isEogToken: () => false,
    tokens: {
      bos: idOf(bos),
      shouldPrependBosToken: bos !== undefined,
      infill: { prefix: idOf(declared?.prefix), suffix: idOf(declared?.suffix), middle: idOf(declared?.middle) },
    },
  } as unknown as PromptModel;
  const header = { metadata: { general: { name, architecture: 'llama' }, tokenizer: { ggml: {} } } } as unknown as GgufFileInfo;
  return { model, tokens: modelTokens(model, header), idOf };
}

/** As one text; what is special stands in « ». */
function shown(vocabulary: Vocabulary, ids: Iterable<number>): string {
  return [...ids].map((id) => (id >= firstSpecial ? `«${vocabulary.specials[id - firstSpecial]}»` : String.fromCodePoint(id))).join('');
}

const star = ['<fim_prefix>', '<fim_suffix>', '<fim_middle>'];
const families: Record<string, Vocabulary & { expected: string; repository: string }> = {
  'Qwen 2.5 Coder': {
    specials: ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>', '<|repo_name|>', '<|file_sep|>'],
    declared: { prefix: '<|fim_prefix|>', suffix: '<|fim_suffix|>', middle: '<|fim_middle|>' },
    expected: '«<|file_sep|>»src/a.ts\n«<|fim_prefix|>»let a =«<|fim_suffix|>»;«<|fim_middle|>»',
    repository: '«<|repo_name|>»r\n',
  },
  'Granite 4': {
    specials: ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>', '<|reponame|>', '<|filename|>'],
    expected: '«<|filename|>»src/a.ts\n«<|fim_prefix|>»let a =«<|fim_suffix|>»;«<|fim_middle|>»',
    repository: '«<|reponame|>»r\n',
  },
  CodeGemma: {
    specials: ['<bos>', '<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>', '<|file_separator|>'],
    bos: '<bos>',
    expected: '«<|file_separator|>»src/a.ts\n«<|fim_prefix|>»let a =«<|fim_suffix|>»;«<|fim_middle|>»',
    repository: '«<bos>»# Repository: r\n',
  },
  StarCoder: {
    specials: [...star, '<reponame>', '<filename>'],
    expected: '«<filename>»src/a.ts\n«<fim_prefix>»let a =«<fim_suffix>»;«<fim_middle>»',
    repository: '«<reponame>»r\n',
  },
  'StarCoder 2': {
    specials: [...star, '<repo_name>', '<file_sep>'],
    expected: '«<file_sep>»«<fim_prefix>»src/a.ts\nlet a =«<fim_suffix>»;«<fim_middle>»',
    repository: '«<repo_name>»r\n',
  },
  'Granite Code': {
    specials: [...star, '<reponame>', '<filename>'],
    expected: '«<filename>»src/a.ts\n«<fim_prefix>»let a =«<fim_suffix>»;«<fim_middle>»',
    repository: '«<reponame>»r\n',
  },
  SantaCoder: {
    specials: ['<fim-prefix>', '<fim-suffix>', '<fim-middle>'],
    expected: '\n# File: src/a.ts\n«<fim-prefix>»let a =«<fim-suffix>»;«<fim-middle>»',
    repository: '# Repository: r\n',
  },
  Mellum: {
    name: 'Mellum 4b Base',
    specials: [...star, '<reponame>', '<filename>'],
    expected: '«<filename>»src/a.ts\n«<fim_suffix>»;«<fim_prefix>»let a =«<fim_middle>»',
    repository: '«<reponame>»r\n',
  },
  'DeepSeek Coder': {
    specials: ['<｜begin▁of▁sentence｜>', '<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>'],
    bos: '<｜begin▁of▁sentence｜>',
    expected: '\n# File: src/a.ts\n«<｜fim▁begin｜>»let a =«<｜fim▁hole｜>»;«<｜fim▁end｜>»',
    repository: '«<｜begin▁of▁sentence｜>»# Repository: r\n',
  },
  'Code Llama': {
    specials: ['<s>', '▁<PRE>', '▁<SUF>', '▁<MID>', '▁<EOT>'],
    bos: '<s>',
    expected: '\n# File: src/a.ts\n«▁<PRE>»let a =«▁<SUF>»;«▁<MID>»',
    repository: '«<s>»# Repository: r\n',
  },
  Codestral: {
    name: 'Codestral 22B v0.1',
    specials: ['<s>', '[INST]', '[/INST]', '[PREFIX]', '[MIDDLE]', '[SUFFIX]'],
    bos: '<s>',
    expected: '\n# File: src/a.ts\n«[SUFFIX]»;«[PREFIX]»let a =',
    repository: '«<s>»# Repository: r\n',
  },
  'Seed-Coder': {
    specials: ['<[fim-prefix]>', '<[fim-suffix]>', '<[fim-middle]>'],
    expected: '\n# File: src/a.ts\n«<[fim-suffix]>»;«<[fim-prefix]>»let a =«<[fim-middle]>»',
    repository: '# Repository: r\n',
  },
  'GLM 4.5': {
    specials: ['<|code_prefix|>', '<|code_suffix|>', '<|code_middle|>'],
    expected: '\n# File: src/a.ts\n«<|code_prefix|>»let a =«<|code_suffix|>»;«<|code_middle|>»',
    repository: '# Repository: r\n',
  },
  'a family of its own that declares its tokens': {
    specials: ['<before>', '<after>', '<between>'],
    declared: { prefix: '<before>', suffix: '<after>', middle: '<between>' },
    expected: '\n# File: src/a.ts\n«<before>»let a =«<after>»;«<between>»',
    repository: '# Repository: r\n',
  },
};

const request = { path: 'src/a.ts', prefix: 'let a =', suffix: ';' };
const limits = { prefix: 100, suffix: 100 };

describe.each(Object.entries(families))('%s', (_, { expected, repository, ...vocabulary }) => {
  const { model, tokens } = fake(vocabulary);

  it('has the repository, then the file with its middle left out, in the order it was taught', () => {
    expect(shown(vocabulary, repositoryHead(model, tokens, 'r'))).toBe(repository);
    const context = Uint32Array.of(0x2588);
    const prompt = infillPrompt(model, tokens, tokens.infill!, request, limits, () => context);
    expect(shown(vocabulary, prompt.tokens)).toBe(`█${expected}`);
  });

  it('stays the same up to the cursor, or its line, while a person types there', () => {
    const prompt = infillPrompt(model, tokens, tokens.infill!, request, limits);
    const typed = infillPrompt(model, tokens, tokens.infill!, { ...request, prefix: `${request.prefix} 1 +` }, limits);
    expect(typed.tokens.slice(0, prompt.stable)).toEqual(prompt.tokens.slice(0, prompt.stable));
    expect(prompt.stable).toBeGreaterThan(0);
  });

  it('ends an answer at each of its marks', () => {
    const { prefix, suffix, middle, end } = tokens.infill!;
    for (const token of [prefix, suffix, middle, end]) if (token !== undefined) expect(tokens.stops(token)).toBe(true);
  });
});

describe('a model', () => {
  it('that spells no marks has none', () => {
    expect(fake({ specials: ['<s>'] }).tokens.infill).toBeUndefined();
  });

  it('that only has the marks of another in its vocabulary has none', () => {
    expect(fake({ name: 'Devstral Small', specials: ['[PREFIX]', '[MIDDLE]', '[SUFFIX]'] }).tokens.infill).toBeUndefined();
  });

  it('that spells them as plain text has none', () => {
    const { model } = fake({ specials: [] });
    expect(model.tokenize('<fim_prefix>', true).length).toBeGreaterThan(1);
    expect(fake({ specials: ['<fim_prefix>', '<fim_suffix>'] }).tokens.infill).toBeUndefined();
  });

  it('that declares other ids than it spells is believed', () => {
    const { tokens, idOf } = fake({
      specials: [...star, '<other>'],
      declared: { prefix: '<fim_prefix>', suffix: '<fim_suffix>', middle: '<other>' },
    });
    expect(tokens.infill?.middle).toBe(idOf('<other>'));
  });
});

describe('going on with a file', () => {
  const qwen = families['Qwen 2.5 Coder']!;
  const asked = (vocabulary: Vocabulary, { chat = false, ...params }: { chat?: boolean; way?: CompleteParams['way']; suffix?: string }) => {
    const { model, tokens } = fake(vocabulary);
    const loaded = { model, tokens, info: { name: vocabulary.name ?? 'A model', trainedWindow: 2048, chat } } as unknown as LoadedModel;
    const context = { at: () => Uint32Array.of(0x2588) } as unknown as ContextKeeper;
    const way = infillWay(loaded, { ...request, languageId: 'typescript', ...params }, context);
    return { way, text: shown(vocabulary, way.prompt.tokens) };
  };
  const goesOn = '█«<|file_sep|>»src/a.ts\nlet a =';
  const fillsIn = `█${qwen.expected}`;

  it('has the file as the repository has it, up to the cursor', () => {
    const { way, text } = asked(qwen, { way: 'continuation' });
    expect(text).toBe(goesOn);
    expect(way.prompt.stable).toBe(text.replaceAll(/«[^»]*»/g, 's').length - 'let a ='.length);
  });

  it('is the way of a model that was taught nothing else, and of one that does it better', () => {
    expect(asked({ specials: ['<|file_sep|>'] }, {}).text).toBe(goesOn);
    expect(asked({ ...qwen, name: 'Bonsai demo' }, {}).text).toBe(goesOn);
    expect(asked(qwen, {}).text).toBe(fillsIn);
  });

  it.each([
    [');', goesOn],
    [' {\nfoo();', goesOn],
    ['\nfoo();', goesOn],
    ['', goesOn],
    [' + foo();', fillsIn],
    ['é', fillsIn],
    ['_1', fillsIn],
  ])('is not where a line goes on behind the cursor: %j', (suffix, expected) => {
    expect(asked({ ...qwen, name: 'Bonsai demo' }, { suffix }).text).toBe(expected.replace('»;«', `»${suffix}«`));
  });

  it('ends at a blank line, where something came before it', () => {
    const { way } = asked(qwen, { way: 'continuation' });
    for (const text of ['1;\n\n', '1;\n  \t\r\n', '1;\nb();\n\nc']) expect(way.ended(text)).toBe(true);
    for (const text of ['', '\n\n', '1;\n', '1;\n  b', '  \n\n  ']) expect(way.ended(text)).toBe(false);
  });

  it('is refused nobody, unlike what a model cannot do', () => {
    expect(() => asked({ specials: [] }, { way: 'tokens' })).toThrow(
      'A model has no fill-in-the-middle tokens, so there is no ghost text.',
    );
    expect(() => asked({ specials: [] }, { way: 'chat' })).toThrow('A model has no chat template');
  });
});
