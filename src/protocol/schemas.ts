/**
 * Every message that crosses a process border, as a schema: the sidecar validates what arrives, TypeScript derives
 * the types from the same text, so the two cannot drift apart. Limits are in tokens and bytes, times in milliseconds.
 */
import * as z from 'zod/mini';
import { cacheTypeSchema, count, encodings, engineKindSchema, filePath, folders, label, text } from './bounds';
import { allocatorChoiceSchema, layersSharing } from './layers';
import { memoryState, recalledSpan, skippedFile, storageOptions } from './memory';
import { chatLimits } from './models';
import { toolCall, toolDefinition, toolStep } from './tools';

export { cacheTypeSchema, engineKindSchema } from './bounds';
export * from './doctor';
export * from './layers';
export * from './memory';
export * from './models';
export * from './tools';

/** Raised with every incompatible change; the handshake refuses a partner that speaks another one. */
export const protocolVersion = 1;

export const policySchema = z.enum([
  'tree',
  'tree-keep-right',
  'hybrid',
  'streaming',
  'window',
  'h2o',
  'tova',
  'snapkv',
  'keydiff',
  'cascade',
  'full',
]);
/** What decides which of two neighbours a tree drops. */
export const scoreSchema = z.enum(['none', 'attention', 'keydiff', 'knorm']);
export const positionsSchema = z.enum(['auto', 'original', 'rank']);

export const initializeParams = z.object({ protocolVersion: z.int(), client: label });
export const initializeResult = z.object({
  protocolVersion: z.int(),
  version: z.string(),
  pid: z.int(),
  engine: engineKindSchema,
});

export const cacheOptions = z.object({
  /** KV entries per layer and KV head, staging included: one number, or one per layer with full attention; absent: chosen from the model. */
  budget: z.optional(z.union([count, z.array(count).check(z.maxLength(4096))])),
  policy: z.optional(policySchema),
  score: z.optional(scoreSchema),
  allocator: z.optional(allocatorChoiceSchema),
  positions: z.optional(positionsSchema),
  keyType: z.optional(cacheTypeSchema),
  valueType: z.optional(cacheTypeSchema),
});

export const loadModelParams = z.object({
  /** Absolute path of a GGUF file; absent: the bundled demo model. */
  modelPath: z.optional(filePath),
  cache: z.optional(cacheOptions),
  threads: z.optional(count),
  /** Tokens per decode; absent: 256. */
  chunk: z.optional(count),
  /** 'auto' takes the GPU when there is one. */
  gpu: z.optional(z.enum(['auto', 'off'])),
  /** Where the repository memory is saved. */
  storage: z.optional(storageOptions),
});

export const layerState = z.object({
  layer: z.int(),
  /** KV entries this layer may hold per KV head, staging included. */
  budget: z.int(),
  /** KV entries this layer holds now per KV head. */
  kept: z.int(),
  /** Set where the layer sees a sliding window only: it holds that, whatever the budgets are. */
  window: z.optional(z.literal(true)),
});

export const modelInfo = z.object({
  name: z.string(),
  path: z.string(),
  bytes: z.int(),
  /** True for the bundled demonstration model, which is too small to program with. */
  demo: z.boolean(),
  architecture: z.string(),
  layers: z.int(),
  kvHeads: z.int(),
  trainedWindow: z.int(),
  /** Whether the model has fill-in-the-middle tokens; without them ghost text is asked for in a chat. */
  fim: z.boolean(),
  chat: z.boolean(),
  /** Whether its chat template has a form for tools and their calls. */
  tools: z.optional(z.literal(true)),
  policy: policySchema,
  positions: positionsSchema,
  engine: engineKindSchema,
  device: z.string(),
  /** Of the file's content; see sidecar/engine/fingerprint.ts. */
  fingerprint: z.optional(z.string()),
  /** What is not as asked for or as the model file says: llama.cpp's own cache in place of the bounded one, another chat template; sentences. */
  notice: z.optional(z.string()),
});

export const state = z.enum(['starting', 'noModel', 'loading', 'restoring', 'ready', 'reading', 'answering', 'completing', 'failed']);

/** What the status item shows; pushed whenever it changes, at most ten times a second. */
export const status = z.object({
  state,
  model: z.optional(modelInfo),
  repository: z.optional(
    z.object({
      name: z.string(),
      /** Whether every listed file has been read into memory. */
      complete: z.boolean(),
      tokensRead: z.int(),
      tokensTotal: z.int(),
      /** Mean KV entries kept per layer and KV head. */
      tokensKept: z.int(),
      files: z.int(),
      skipped: z.int(),
      memory: memoryState,
    }),
  ),
  /** Present while a model is loaded. */
  limits: z.optional(chatLimits),
  kvBytes: z.int(),
  /** What an unbounded cache of the same precision would need for the tokens read so far. */
  kvBytesFull: z.int(),
  message: z.optional(z.string()),
  /** Name of the repository that was lost when the sidecar died; set by the extension until one is read again. */
  lostRepository: z.optional(z.string()),
});

export const readRepositoryParams = z.object({
  folders,
  /** Display name; absent: the first folder's name. */
  name: z.optional(label),
  encodings: z.optional(encodings),
  /** Stop after this many tokens (for measurements); absent: read everything. */
  maxTokens: z.optional(count),
  /** Read everything again, whatever is in memory or saved. */
  again: z.optional(z.boolean()),
});
export const readProgress = z.object({
  phase: z.enum(['listing', 'restoring', 'measuring', 'reading']),
  file: z.optional(z.string()),
  tokensRead: z.int(),
  tokensTotal: z.int(),
  tokensPerSecond: z.number(),
  secondsLeft: z.nullable(z.number()),
});
export const readSummary = z.object({
  name: z.string(),
  files: z.int(),
  skipped: z.array(skippedFile),
  tokens: z.int(),
  kvBytes: z.int(),
  kvBytesFull: z.int(),
  layers: z.array(layerState),
  tokensPerSecond: z.number(),
  seconds: z.number(),
  /** Tokens that came from a saved memory, or were in memory already, and were not read for this. */
  restoredTokens: z.int(),
  /** Of the others, tokens whose keys and values came from the archive, so that they were not read either. */
  archivedTokens: z.int(),
  /** What the person should know, such as why a saved memory was not used; sentences. */
  notes: z.array(z.string()),
  /** Set when reading was stopped early. */
  stopped: z.optional(z.enum(['cancelled', 'maxTokens'])),
});

export const chatTurn = z.object({ role: z.enum(['user', 'assistant']), text });
/** Lines of a file, counted from 1, both ends included. */
export const sourceLines = z.object({ path: label, startLine: z.int(), endLine: z.int(), text });
export const askParams = z.object({
  question: text.check(z.minLength(1)),
  /** Earlier turns of the conversation, oldest first. */
  history: z.optional(z.array(chatTurn)),
  selection: z.optional(sourceLines),
  /** Other source that the question is about, put before the selection. */
  attachments: z.optional(z.array(sourceLines)),
  maxTokens: z.optional(count),
  /**
   * Tokens of source that are read as text at most; what is more comes from the archive, where it is there. Absent: as many as
   * are read in two seconds.
   */
  textTokens: z.optional(z.int().check(z.nonnegative())),
  /** What has been written of the answer before: it goes on from there, and the answer is what follows. */
  begun: z.optional(text),
  /** What the model may call; the answer then ends with the call, and is asked for again with what came of it. */
  tools: z.optional(z.array(toolDefinition).check(z.maxLength(32))),
  /** Calls that this answer has made so far, oldest first; what the answer says stands behind them. */
  steps: z.optional(z.array(toolStep).check(z.maxLength(32))),
  /** What the model is to be and which form its answer has; stands before the conversation and takes no part in recall. */
  system: z.optional(text),
  /** Of the sampler: another one gives another answer to the same question. Absent: always the same one. */
  seed: z.optional(z.int().check(z.nonnegative(), z.lt(2 ** 32))),
  /** `begun` ended in a loop: the answer is to take another way out of it. */
  looped: z.optional(z.boolean()),
});
/** `ahead`: answers to others that come first; told while this one waits, and 0 when its turn has come. */
export const answerDelta = z.object({ text: z.string(), ahead: z.optional(z.int()) });
/** Where the entries of the chat's cache come from; `free` are those that nothing occupies yet. */
export const contextSource = z.enum(['system', 'repository', 'journal', 'recalled', 'attached', 'conversation', 'free']);
export const contextPart = z.object({
  source: contextSource,
  /** Entries of the cache, mean of its layers. All parts together are what the cache holds at most. */
  tokens: z.int(),
  /** Tokens that were read of it; those that are in the cache no longer are gone. 0 of `free`. */
  readTokens: z.int(),
});
/** What an answer cost: sent with it, kept in the chat and shown below it. A new number has a default, for chats that were kept before it. */
export const answerNumbers = z.object({
  /** Tokens that were already in the cache. */
  reusedTokens: z.int(),
  /** Tokens that had to be read for this answer. */
  readTokens: z.int(),
  /** Tokens of source whose keys and values came from the archive, and the milliseconds that took; they were not read. */
  archivedTokens: z._default(z.int(), 0),
  archiveMilliseconds: z._default(z.number(), 0),
  generatedTokens: z.int(),
  seconds: z.number(),
});
export const answer = z.extend(answerNumbers, {
  text: z.string(),
  /** `repeating`: it wrote the same over and over; `text` has that once. */
  stop: z.enum(['end', 'maxTokens', 'cancelled', 'repeating', 'toolCall']),
  /** Present when it stopped for a call: one of the tools that were offered. */
  call: z.optional(toolCall),
  /** Exact source added to the prompt. */
  recalled: z.array(recalledSpan),
  /** Files that had changed on disk and were not read again before this answer. */
  behind: z.array(z.string()),
  /** What the cache held at the end of the answer; sources that had a part in it alone. Absent: it was not counted. */
  context: z.optional(z.array(contextPart)),
});

export const infillWay = z.enum(['auto', 'tokens', 'chat', 'continuation']);
export const completeParams = z.object({
  /** Path relative to its workspace folder, with forward slashes. */
  path: label,
  languageId: z.optional(label),
  prefix: text,
  suffix: text,
  maxTokens: z.optional(count),
  /** Stop at the first line end. */
  singleLine: z.optional(z.boolean()),
  /** The line of the file, from 1, that `prefix` begins with; absent: the first. */
  startLine: z.optional(count),
  /** What was edited lately in other places, the latest last. */
  recent: z.optional(z.array(sourceLines).check(z.maxLength(32))),
  /**
   * With the model's own tokens for it, in a chat, or going on with what stands before the cursor; absent or 'auto': as
   * suits the model.
   */
  way: z.optional(infillWay),
  /** Tokens of the prompt that are read as text before the rest is recalled from the archive; absent: as many as take 0.2 s. */
  textTokens: z.optional(z.int().check(z.nonnegative())),
});
export const completion = z.object({
  text: z.string(),
  /** UTF-16 units right behind the cursor, on its line, that the text writes again and takes the place of; absent: none. */
  replaces: z.optional(z.int()),
  reusedTokens: z.int(),
  readTokens: z.int(),
  /** Recalled from the archive in place of reading. */
  archivedTokens: z.int(),
  generatedTokens: z.int(),
  milliseconds: z.number(),
});

export const cacheMapParams = z.object({
  buckets: z.int().check(z.positive(), z.lte(4096)),
  /** Shares of files and symbols are of this layer; absent: the mean over the layers with full attention. */
  layer: z.optional(z.int().check(z.nonnegative())),
  /** Shown path of a file whose symbols are wanted. */
  file: z.optional(label),
});
/** What a file defines, with the tokens that it stands in and the share of them [0, 1] that is held. */
export const mappedSymbol = z.object({
  name: z.string(),
  kind: z.string(),
  /** Lines count from 1, both ends included. */
  startLine: z.int(),
  endLine: z.int(),
  /** Tokens of the sequence, the end exclusive. */
  start: z.int(),
  end: z.int(),
  held: z.number(),
});
export const cacheMap = z.object({
  tokens: z.int(),
  policy: policySchema,
  sharing: layersSharing,
  positions: positionsSchema,
  /** How the logical positions are encoded at the moment: as they were, or as ranks in the cache. */
  ranked: z.boolean(),
  kvBytes: z.int(),
  kvBytesFull: z.int(),
  evicted: z.int(),
  /** First token of every bucket; bucket `i` covers [starts[i], starts[i+1]). */
  starts: z.array(z.int()),
  layers: z.array(
    z.object({
      layer: z.int(),
      budget: z.int(),
      kept: z.int(),
      window: z.optional(z.literal(true)),
      /** Under SqueezeAttention: how little attention turns the residual stream, and the group by it; the highest is the least important. */
      cosine: z.optional(z.number()),
      group: z.optional(z.int()),
      /** Under `measured`: nats a token that are lost when it keeps half. */
      lost: z.optional(z.number()),
      /** Per bucket, the fraction [0, 1] of its tokens this layer still holds, averaged over its KV heads. */
      held: z.array(z.number()),
    }),
  ),
  /** Where each file lies in the sequence, in reading order. */
  files: z.array(
    z.object({
      path: z.string(),
      start: z.int(),
      end: z.int(),
      /** A newer version of the file, or its removal, follows later. */
      replaced: z.boolean(),
      /** Share [0, 1] of exactly its tokens that is held; four digits. */
      held: z.number(),
      /** The person wants every token of it kept. */
      pinned: z.optional(z.literal(true)),
      /** The rows of all its tokens are in the archive: what is not held can be recalled without being read. */
      archived: z.optional(z.literal(true)),
      /** Tokens that were recalled from the archive for the last answer; absent: none. */
      recalled: z.optional(z.int()),
    }),
  ),
  /** Files that the person does not want to be read. */
  dropped: z.array(z.string()),
  /** Of the file that was asked for; absent when it is not in memory as it is on disk, or has no grammar. */
  symbols: z.optional(z.object({ path: z.string(), symbols: z.array(mappedSymbol) })),
});

/** What is in memory, each file once, as its newest version: how much of it is kept, and whether the rest can be recalled. */
export const memoryFiles = z.object({
  files: z.array(
    z.object({
      path: z.string(),
      /** SHA-256 of the text that it was read from, hexadecimal; '' where changed lines of it were not all read. */
      hash: z.string(),
      tokens: z.int(),
      /** Share [0, 1] of these tokens that is held. */
      held: z.number(),
      /** The archive has the rows of all its tokens. */
      archived: z.boolean(),
    }),
  ),
});

export const logMessage = z.object({ level: z.enum(['error', 'warn', 'info', 'debug']), text: z.string() });

export type AnswerNumbers = z.infer<typeof answerNumbers>;
export type Policy = z.infer<typeof policySchema>;
export type Score = z.infer<typeof scoreSchema>;
export type CacheType = z.infer<typeof cacheTypeSchema>;
export type Positions = z.infer<typeof positionsSchema>;
export type EngineKind = z.infer<typeof engineKindSchema>;
export type InitializeParams = z.infer<typeof initializeParams>;
export type InitializeResult = z.infer<typeof initializeResult>;
export type CacheOptions = z.infer<typeof cacheOptions>;
export type LoadModelParams = z.infer<typeof loadModelParams>;
export type LayerState = z.infer<typeof layerState>;
export type ModelInfo = z.infer<typeof modelInfo>;
export type State = z.infer<typeof state>;
export type Status = z.infer<typeof status>;
export type ReadRepositoryParams = z.infer<typeof readRepositoryParams>;
export type ReadProgress = z.infer<typeof readProgress>;
export type ReadSummary = z.infer<typeof readSummary>;
export type ChatTurn = z.infer<typeof chatTurn>;
export type SourceLines = z.infer<typeof sourceLines>;
export type AskParams = z.infer<typeof askParams>;
export type AnswerDelta = z.infer<typeof answerDelta>;
export type ContextSource = z.infer<typeof contextSource>;
export type ContextPart = z.infer<typeof contextPart>;
export type Answer = z.infer<typeof answer>;
export type CompleteParams = z.infer<typeof completeParams>;
export type Completion = z.infer<typeof completion>;
export type CacheMapParams = z.infer<typeof cacheMapParams>;
export type MappedSymbol = z.infer<typeof mappedSymbol>;
export type CacheMap = z.infer<typeof cacheMap>;
export type MemoryFiles = z.infer<typeof memoryFiles>;
export type LogMessage = z.infer<typeof logMessage>;
