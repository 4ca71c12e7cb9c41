/**
 * Looks a model file over before the engine gets it, because the engine's own failure is one line in a log: is it
 * there, is it a GGUF, is all of it there.
 */
import { open, stat } from 'node:fs/promises';
import type { GgufFileInfo, Llama } from 'node-llama-cpp';
import { messageOf } from '../../protocol/messageOf';
import { BonsaiError } from '../errors';
import { ggmlBytes } from './addon';
import { loadLibrary } from './llama';

const chooseAnother = 'Choose a GGUF file, or leave the model out to use the demo model.';

export interface ModelFile {
  bytes: number;
  header: GgufFileInfo;
}

/** @throws BonsaiError `model-missing`, `model-not-gguf` or `model-truncated` */
export async function checkModelFile(llama: Llama, path: string): Promise<ModelFile> {
  const bytes = await regularFileSize(path);
  const magic = await firstBytes(path, 4);
  if (magic.toString('latin1') !== 'GGUF') throw new BonsaiError('model-not-gguf', `${path} is not a GGUF file. ${chooseAnother}`);
  const { readGgufFileInfo } = await loadLibrary();
  let header: GgufFileInfo;
  try {
    header = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false, ignoreKeys: ['tokenizer.ggml.merges'] });
  } catch (error) {
    throw new BonsaiError('model-truncated', `${path} ends inside its header or is damaged. Download it again.`, { cause: error });
  }
  const needed = bytesNeeded(llama, header);
  if (needed > bytes)
    throw new BonsaiError(
      'model-truncated',
      `${path} is incomplete: it has ${bytes} of at least ${needed} bytes (${Math.floor((100 * bytes) / needed)} %). Download it again.`,
    );
  return { bytes, header };
}

async function regularFileSize(path: string): Promise<number> {
  let info;
  try {
    info = await stat(path);
  } catch (error) {
    throw new BonsaiError('model-missing', `There is no model at ${path}. ${chooseAnother}`, { cause: error });
  }
  if (!info.isFile())
    throw new BonsaiError('model-missing', `${path} is ${info.isDirectory() ? 'a folder' : 'not a regular file'}. ${chooseAnother}`);
  return info.size;
}

async function firstBytes(path: string, count: number): Promise<Buffer> {
  let handle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw new BonsaiError('model-missing', `${path} cannot be opened: ${messageOf(error)}`, {
      cause: error,
    });
  }
  try {
    const buffer = Buffer.alloc(count);
    const { bytesRead } = await handle.read(buffer, 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Where the last tensor of the first part ends. Types that the engine does not know are left to it. */
function bytesNeeded(llama: Llama, header: GgufFileInfo): number {
  let end = header.infoEndOffset ?? 0;
  for (const tensor of header.tensorInfo ?? []) {
    if (tensor.filePart > 1) continue;
    const elements = tensor.dimensions.reduce<number>((product, size) => product * Number(size), 1);
    end = Math.max(end, Number(tensor.fileOffset) + (ggmlBytes(llama, tensor.ggmlType, elements) ?? 0));
  }
  return end;
}
