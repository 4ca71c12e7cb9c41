/** How the layers of a model share the budget of its cache, and what that was decided by. Losses are in nats a token. */
import * as z from 'zod/mini';

/** How the budget is shared out among the layers. */
export const allocatorSchema = z.enum(['uniform', 'squeeze', 'pyramid', 'prefix', 'lazy', 'measured', 'replay']);
/** As asked for. `auto`: whichever of uniform, squeeze and measured the model's own loss prefers. */
export const allocatorChoiceSchema = z.enum(['auto', ...allocatorSchema.options]);
/** Budgets of the layers with full attention, in their order, and what they come from. */
export const layerSharing = z.object({
  allocator: allocatorSchema,
  /** Entries, staging included. */
  budgets: z.array(z.int().check(z.positive())),
  /** `squeeze`: share of the mean that the least important group keeps, and each layer's cosine. */
  p: z.optional(z.number()),
  cosines: z.optional(z.array(z.number())),
  /** `measured`: nats a token that are lost when the layer keeps half; null: not measured. */
  lost: z.optional(z.array(z.nullable(z.number()))),
  /** `replay`: tokens for each resident entry, which the shares depend on. */
  ratio: z.optional(z.number()),
});
/** How much of the budget each layer with full attention needs, in parts of the mean: one list for each number of tokens per entry. */
export const layerNeeds = z.object({
  /** Tokens for each resident entry of a layer, ascending. */
  ratios: z.array(z.number().check(z.positive())).check(z.minLength(1)),
  shares: z.array(z.array(z.number().check(z.nonnegative()))),
});
/** One way to share the budget out, read beside equal budgets on the same text. */
export const trialResult = z.object({
  ...layerSharing.shape,
  /** Mean nats a token. */
  loss: z.number(),
  /** Loss in nats per token less than with equal budgets; below 0: worse. */
  gain: z.number(),
  /** Standard error of the gain. */
  error: z.number(),
});
export const layerTrial = z.object({
  /** Tokens of the text that decided. */
  tokens: z.int(),
  /** Entries a layer had on average, staging included, and staging. */
  mean: z.int(),
  staging: z.int(),
  /** The first one has equal budgets. */
  results: z.array(trialResult).check(z.minLength(1)),
  /** Place of the winner. */
  best: z.int().check(z.nonnegative()),
});

/** How the layers of a memory share its budget, and what is known to be better. */
export const layersSharing = z.object({
  /** As it was asked for. */
  choice: allocatorChoiceSchema,
  /** What the memory was built with. */
  allocator: allocatorSchema,
  p: z.optional(z.number()),
  /** That decided for `auto`; absent: none has yet. */
  trial: z.optional(z.object({ ...layerTrial.shape, results: z.array(z.omit(trialResult, { budgets: true, cosines: true, lost: true })) })),
  /** A trial that runs: readings of its text so far, and at most. */
  trying: z.optional(z.object({ done: z.int(), total: z.int() })),
  /** What it would be built with now; absent: with just the same budgets. */
  next: z.optional(z.object({ allocator: allocatorSchema, p: z.optional(z.number()) })),
});

export type Allocator = z.infer<typeof allocatorSchema>;
export type AllocatorChoice = z.infer<typeof allocatorChoiceSchema>;
export type LayerSharing = z.infer<typeof layerSharing>;
export type LayersSharing = z.infer<typeof layersSharing>;
export type TrialResult = z.infer<typeof trialResult>;
export type LayerNeeds = z.infer<typeof layerNeeds>;
export type LayerTrial = z.infer<typeof layerTrial>;
