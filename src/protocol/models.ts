/**
 * What is said about model files and about the loaded model as others see it: finding and downloading files, counting
 * tokens, and how much of a conversation fits. Limits are in tokens and bytes, times in milliseconds unless a name says
 * seconds.
 */
import * as z from 'zod/mini';

/** A text as it is, or, with a role, as one message of a conversation with all that the chat template puts around it. */
export const countedText = z.object({ text: z.string(), role: z.optional(z.enum(['system', 'user', 'assistant'])) });
export const countTokensParams = z.object({ texts: z.array(countedText).check(z.maxLength(1000)) });
/** One number for each text, in their order. */
export const tokenCounts = z.object({ tokens: z.array(z.int()) });

/** The longest conversation that the cache can hold whole, beside an answer of `outputTokens`. */
export const chatLimits = z.object({ inputTokens: z.int(), outputTokens: z.int() });

/** Who put a model file where it was found. */
export const modelSource = z.enum(['chosen', 'models', 'lm-studio', 'llama.cpp', 'ollama', 'hugging-face', 'node-llama-cpp']);
export const findModelsParams = z.object({
  /** Files (absolute paths) to look at, whatever lies elsewhere. */
  files: z.optional(z.array(z.string())),
  /** Absolute paths of folders to look into beside the usual ones. */
  folders: z.optional(z.array(z.string())),
  /** Only what is named here, not the usual folders. */
  only: z.optional(z.boolean()),
  /** KV entries per layer and KV head; absent: what would be chosen for each model. */
  budget: z.optional(z.int().check(z.positive())),
  gpu: z.optional(z.enum(['auto', 'off'])),
});
/** What the header of a GGUF file says, and what the model would take on this machine. */
export const localModel = z.object({
  path: z.string(),
  name: z.string(),
  source: modelSource,
  bytes: z.int(),
  architecture: z.string(),
  /** Such as `Q4_K_M`; absent: the header does not say. */
  quantisation: z.optional(z.string()),
  trainedWindow: z.int(),
  /** Whether it writes ghost text. */
  fim: z.boolean(),
  /** Whether it has a chat template. */
  chat: z.boolean(),
  /** KV entries per layer and KV head that the next two were computed for. */
  budget: z.int(),
  /** Of all sequences together, at f16. */
  kvBytes: z.int(),
  /** Whether file and KV cache leave this machine what the system and the editor need. */
  fits: z.boolean(),
});
export const foundModels = z.object({
  models: z.array(localModel),
  /** Files that look like models and cannot be used, each with the reason. */
  unusable: z.array(z.object({ path: z.string(), reason: z.string() })),
  /** Folders that had more entries than are looked at. */
  cutShort: z.array(z.string()),
});

export const downloadModelParams = z.object({
  /** `hf:user/model:quantisation`, or the https address of a GGUF file (http from this machine alone). */
  uri: z.string().check(z.minLength(1)),
  /** Absolute path of the folder the file goes to; made if it is not there. */
  folder: z.string().check(z.minLength(1)),
  /** SHA-256 of the file, 64 hexadecimal digits, where it is known. */
  sha256: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
});
export const downloadProgress = z.object({
  phase: z.enum(['connecting', 'downloading', 'checking']),
  bytes: z.int(),
  /** 0 while it is not known. */
  totalBytes: z.int(),
  bytesPerSecond: z.number(),
  secondsLeft: z.nullable(z.number()),
});
export const downloadedModel = z.object({
  /** Of the file to load. */
  path: z.string(),
  bytes: z.int(),
  /** Bytes that an earlier attempt had left. */
  resumedBytes: z.int(),
  /** `sha256`: every byte is as announced; `header`: the size is exact and the GGUF is whole, no checksum was known. */
  verified: z.enum(['sha256', 'header']),
});

export type CountedText = z.infer<typeof countedText>;
export type CountTokensParams = z.infer<typeof countTokensParams>;
export type TokenCounts = z.infer<typeof tokenCounts>;
export type ChatLimits = z.infer<typeof chatLimits>;
export type ModelSource = z.infer<typeof modelSource>;
export type FindModelsParams = z.infer<typeof findModelsParams>;
export type LocalModel = z.infer<typeof localModel>;
export type FoundModels = z.infer<typeof foundModels>;
export type DownloadModelParams = z.infer<typeof downloadModelParams>;
export type DownloadProgress = z.infer<typeof downloadProgress>;
export type DownloadedModel = z.infer<typeof downloadedModel>;
