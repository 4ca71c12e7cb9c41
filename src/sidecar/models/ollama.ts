/**
 * Ollama's models: their weights are GGUF files named by their hash; which name belongs to which is in the manifests
 * (`manifests/<registry>/<namespace>/<model>/<tag>`, an OCI image manifest in JSON). A manifest that is not understood is
 * passed over.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';

const manifest = z.object({ layers: z.array(z.object({ mediaType: z.string(), digest: z.string() })) });
const weights = 'application/vnd.ollama.image.model';
const digest = /^sha256:[0-9a-f]{64}$/;
/** A manifest is about a kilobyte. */
const largestManifest = 1_000_000;
const mostManifests = 500;

export interface OllamaModel {
  /** As one types it: `qwen2.5-coder:7b`. */
  name: string;
  path: string;
}

/** @param folder with `manifests` and `blobs` */
export async function ollamaModels(folder: string): Promise<OllamaModel[]> {
  const models: OllamaModel[] = [];
  for (const parts of await manifests(join(folder, 'manifests'))) {
    const blob = await weightsOf(join(folder, 'manifests', ...parts));
    const path = blob && join(folder, 'blobs', blob);
    if (path && (await stat(path).catch(() => undefined))?.isFile()) models.push({ name: typedName(parts), path });
  }
  return models;
}

/** `registry/namespace/model/tag` of each manifest. */
async function manifests(root: string): Promise<string[][]> {
  let level: string[][] = [[]];
  for (let depth = 0; depth < 4; depth++) {
    const next: string[][] = [];
    for (const parts of level)
      for (const entry of await readdir(join(root, ...parts), { withFileTypes: true }).catch(() => [])) {
        const wanted = depth < 3 ? entry.isDirectory() : entry.isFile();
        if (wanted && next.length < mostManifests) next.push([...parts, entry.name]);
      }
    level = next;
  }
  return level;
}

/** Ollama leaves out the registry and the namespace it would fill in itself. */
function typedName([registry = '', namespace = '', model = '', tag = '']: string[]): string {
  const name = `${model}:${tag}`;
  if (registry !== 'registry.ollama.ai') return `${registry}/${namespace}/${name}`;
  return namespace === 'library' ? name : `${namespace}/${name}`;
}

async function weightsOf(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).size > largestManifest) return undefined;
    const { layers } = manifest.parse(JSON.parse(await readFile(path, 'utf8')));
    const layer = layers.find(({ mediaType }) => mediaType === weights);
    return layer && digest.test(layer.digest) ? layer.digest.replace(':', '-') : undefined;
  } catch {
    return undefined;
  }
}
