/** A model file, checked and opened, before any cache: what several caches, one after the other, can be created from. */
import type { Llama, LlamaModel } from 'node-llama-cpp';
import { basename } from 'node:path';
import { messageOf } from '../../protocol/messageOf';
import { demoModelPath } from '../bundleRoot';
import { BonsaiError } from '../errors';
import { modelTokens, type ModelTokens } from '../prompt/modelTokens';
import { fingerprint } from './fingerprint';
import { loadLlama } from './llama';
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

/** @throws BonsaiError `model-*`, `out-of-memory` or `engine-failed` */
export async function openModel(params: { modelPath?: string | undefined; gpu?: 'auto' | 'off' | undefined }): Promise<OpenModel> {
  const path = params.modelPath ?? demoModelPath;
  const llama = await loadLlama(params.gpu ?? 'auto');
  const file = await checkModelFile(llama, path);
  const shape = modelShape(file.header);
  const model = await load(llama, path);
  try {
    const devices = llama.gpu === false ? [] : await llama.getGpuDeviceNames();
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

async function load(llama: Llama, path: string): Promise<LlamaModel> {
  try {
    return await llama.loadModel({ modelPath: path });
  } catch (error) {
    const why = messageOf(error);
    if (/memory|vram/i.test(why))
      throw new BonsaiError('out-of-memory', `${basename(path)} does not fit into memory: ${why}. Choose a smaller model.`, {
        cause: error,
      });
    throw new BonsaiError('model-unsupported', `The engine cannot run ${path}: ${why}. Choose another GGUF file.`, { cause: error });
  }
}
