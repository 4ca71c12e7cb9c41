/**
 * How each family of code models was taught to fill in the middle: how its tokens are spelled, which part comes first,
 * and where the file's path stands. A vocabulary that spells a row's tokens is of that family; rows that also go by the
 * model's name come first, for they share their spelling with another one.
 *
 * Sources: Bavarian et al. 2022 (arXiv 2207.14255) for the two orders; Qwen2.5-Coder (2409.12186), StarCoder
 * (2305.06161), StarCoder2 (2402.19173, section 5.1), Code Llama (2308.12950), DeepSeek-Coder (2401.14196), Granite Code
 * (2405.04324), CodeGemma (2406.11409) and Seed-Coder (2506.03524) reports; mistral-common's FIM encoding; Mellum's card.
 */
export interface InfillFamily {
  name: string;
  /** Of `general.name`, in any case; absent: the spelling is enough. */
  named?: RegExp;
  prefix: string;
  suffix: string;
  /** Absent: the answer follows the text before the cursor directly. */
  middle?: string;
  /** Which part comes first, after its token. */
  order: 'prefix-suffix' | 'suffix-prefix';
  /** Only of a vocabulary that has this token, too. */
  beside?: string;
  /** The path stands behind the prefix token, as a part of the text before the cursor. */
  pathInside?: boolean;
  /** It writes the next line better when it goes on with what stands before the cursor (docs/results/completion.md). */
  goesOn?: boolean;
  /** What ends an answer beside the tokens of the table and those the model file names. */
  end?: string;
}

export const infillFamilies: readonly InfillFamily[] = [
  {
    name: 'Bonsai demo',
    named: /^bonsai demo$/i,
    prefix: '<|fim_prefix|>',
    suffix: '<|fim_suffix|>',
    middle: '<|fim_middle|>',
    order: 'prefix-suffix',
    goesOn: true,
  },
  {
    name: 'Mellum',
    named: /mellum/i,
    prefix: '<fim_prefix>',
    suffix: '<fim_suffix>',
    middle: '<fim_middle>',
    order: 'suffix-prefix',
  },
  { name: 'Codestral', named: /codestral/i, prefix: '[PREFIX]', suffix: '[SUFFIX]', order: 'suffix-prefix' },
  {
    name: 'StarCoder 2',
    beside: '<file_sep>',
    prefix: '<fim_prefix>',
    suffix: '<fim_suffix>',
    middle: '<fim_middle>',
    order: 'prefix-suffix',
    pathInside: true,
  },
  {
    name: 'StarCoder, Granite Code, Stable Code',
    prefix: '<fim_prefix>',
    suffix: '<fim_suffix>',
    middle: '<fim_middle>',
    order: 'prefix-suffix',
  },
  {
    name: 'SantaCoder',
    prefix: '<fim-prefix>',
    suffix: '<fim-suffix>',
    middle: '<fim-middle>',
    order: 'prefix-suffix',
  },
  {
    name: 'Qwen Coder, CodeGemma, Granite 4',
    prefix: '<|fim_prefix|>',
    suffix: '<|fim_suffix|>',
    middle: '<|fim_middle|>',
    order: 'prefix-suffix',
  },
  {
    name: 'DeepSeek Coder',
    prefix: '<｜fim▁begin｜>',
    suffix: '<｜fim▁hole｜>',
    middle: '<｜fim▁end｜>',
    order: 'prefix-suffix',
  },
  { name: 'Code Llama', prefix: '▁<PRE>', suffix: '▁<SUF>', middle: '▁<MID>', order: 'prefix-suffix', end: '▁<EOT>' },
  {
    name: 'Seed-Coder',
    prefix: '<[fim-prefix]>',
    suffix: '<[fim-suffix]>',
    middle: '<[fim-middle]>',
    order: 'suffix-prefix',
  },
  { name: 'GLM', prefix: '<|code_prefix|>', suffix: '<|code_suffix|>', middle: '<|code_middle|>', order: 'prefix-suffix' },
];
