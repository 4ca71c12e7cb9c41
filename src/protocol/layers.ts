/** How the layers of a model share the budget of its cache, and what that comes from. */
import * as z from 'zod/mini';

/** How the budget is shared out among the layers. */
export const allocatorSchema = z.enum(['uniform', 'squeeze', 'pyramid', 'prefix', 'lazy', 'measured', 'replay']);
/** As asked for. `auto`: replay, and equal budgets where everything fits. */
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
/** How the layers of a memory share its budget, and what is known to be better. */
export const layersSharing = z.object({
  /** As it was asked for. */
  choice: allocatorChoiceSchema,
  /** What the memory was built with. */
  allocator: allocatorSchema,
  p: z.optional(z.number()),
  ratio: z.optional(z.number()),
  /** What it would be built with now; absent: with just the same budgets. */
  next: z.optional(z.object({ allocator: allocatorSchema, p: z.optional(z.number()), ratio: z.optional(z.number()) })),
});

export type Allocator = z.infer<typeof allocatorSchema>;
export type AllocatorChoice = z.infer<typeof allocatorChoiceSchema>;
export type LayerSharing = z.infer<typeof layerSharing>;
export type LayersSharing = z.infer<typeof layersSharing>;
export type LayerNeeds = z.infer<typeof layerNeeds>;
