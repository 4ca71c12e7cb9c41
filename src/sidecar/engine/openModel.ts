/** A model file, checked and opened, before any cache: what several caches, one after the other, can be created from. */
import type { Llama, LlamaModel } from 'node-llama-cpp';
import { basename } from 'node:path';
import type { EngineKind } from '../../protocol';
import { messageOf } from '../../protocol/messageOf';
import { demoModelPath } from '../bundleRoot';
import { BonsaiError } from '../errors';
import { cardsOf } from './hardware';
import { modelTokens, type ModelTokens } from '../prompt/modelTokens';
import { fingerprint } from './fingerprint';
import { loadLlama, withEngineReason } from './llama';
import { checkModelFile, type ModelFile } from './modelFile';
import { modelShape, type ModelShape } from './modelMetadata';

export interface OpenModel {
  llama: Llama;
  model: LlamaModel;
  path: string;
  file: ModelFile;
  shape: ModelShape;
  fingerprint: string;
  tokens: ModelTokens;
  /** What people call it. */
  name: string;
  /** What computes. */
  device: string;
}

export interface OpenParams {
  modelPath?: string | undefined;
  gpu?: 'auto' | 'off' | undefined;
  /** Absent: what this process runs. */
  engine?: EngineKind | undefined;
  /** No weights: it can count tokens, and have no context. */
  vocabularyOnly?: boolean;
}

/** @throws BonsaiError `model-*`, `out-of-memory` or `engine-failed` */
export async function openModel(params: OpenParams): Promise<OpenModel> {
  const path = params.modelPath ?? demoModelPath;
  const llama = await loadLlama(params.gpu ?? 'auto', params.engine);
  const file = await checkModelFile(llama, path);
  const shape = modelShape(file.header);
  const model = await load(llama, path, params.vocabularyOnly ?? false);
  try {
    const devices = await cardsOf(llama);
    return {
      llama,
      model,
      path,
      file,
      shape,
      fingerprint: await fingerprint(path),
      tokens: modelTokens(model, file.header),
      name: shape.name ?? basename(path, '.gguf'),
      device: devices.length > 0 ? devices.join(', ') : 'CPU',
    };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

function load(llama: Llama, path: string, vocabOnly: boolean): Promise<LlamaModel> {
  return withEngineReason(
    () => llama.loadModel({ modelPath: path, vocabOnly }),
    (why, cause) =>
      /\b(memory|vram)\b/i.test(`${why} ${messageOf(cause)}`)
        ? new BonsaiError('out-of-memory', `${basename(path)} does not fit into memory: ${why}. Choose a smaller model.`, { cause })
        : new BonsaiError('model-unsupported', `The engine cannot run ${path}: ${why}. Choose another GGUF file.`, { cause }),
  );
}
