/** Where people and their programs keep GGUF files: the folders that other tools document, none of them searched deeply. */
import { join } from 'node:path';
import type { ModelSource } from '../../protocol';
import { absolutePath, type Environment } from '../../protocol/userFolders';

export interface Host {
  platform: NodeJS.Platform;
  home: string;
  env: Environment;
  /** The folder of Bonsai's own downloads. */
  models: string;
}

/** A folder of GGUF files. */
export interface ModelFolder {
  source: ModelSource;
  folder: string;
  /** Levels of folders looked into; 1: the folder alone. */
  depth: number;
}

export function usualPlaces({ platform, home, env, models }: Host): ModelFolder[] {
  const named = (variable: string) => absolutePath(env[variable], platform);
  const cache = named('XDG_CACHE_HOME') ?? join(home, '.cache');
  const local = named('LOCALAPPDATA') ?? join(home, 'AppData', 'Local');
  // fs_get_cache_directory (llama.cpp, common/common.cpp)
  const llamaDefault =
    platform === 'win32'
      ? join(local, 'llama.cpp')
      : platform === 'darwin'
        ? join(home, 'Library', 'Caches', 'llama.cpp')
        : join(cache, 'llama.cpp');
  return [
    { source: 'models', folder: models, depth: 3 },
    { source: 'models', folder: join(home, 'models'), depth: 3 },
    // publisher/model/file; the second is where older versions kept them
    { source: 'lm-studio', folder: join(home, '.lmstudio', 'models'), depth: 3 },
    { source: 'lm-studio', folder: join(home, '.cache', 'lm-studio', 'models'), depth: 3 },
    { source: 'llama.cpp', folder: named('LLAMA_CACHE') ?? llamaDefault, depth: 1 },
    // models--org--name/snapshots/revision/file, sometimes in one folder more (huggingface_hub, "Understand caching")
    { source: 'hugging-face', folder: named('HF_HUB_CACHE') ?? join(named('HF_HOME') ?? join(cache, 'huggingface'), 'hub'), depth: 5 },
    { source: 'node-llama-cpp', folder: join(home, '.node-llama-cpp', 'models'), depth: 1 },
  ];
}

/** Folders with `manifests` and `blobs`, as Ollama keeps its models (ollama, docs/faq). */
export function ollamaFolders({ platform, home, env }: Host): string[] {
  const set = absolutePath(env['OLLAMA_MODELS'], platform);
  if (set !== undefined) return [set];
  const own = join(home, '.ollama', 'models');
  return platform === 'linux' ? [own, '/usr/share/ollama/.ollama/models'] : [own];
}
