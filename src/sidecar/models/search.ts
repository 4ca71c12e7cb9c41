/**
 * Finds GGUF files in a folder without getting lost in it: so many levels, so many entries, and no links to folders. What
 * cannot be read is passed over; hidden folders hold downloads that are not finished.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Entries looked at in one place; a folder with more is no folder of models. */
export const mostEntries = 5000;
/** The first part of a model in several files stands for all of them. */
const laterPart = /-(?!00001)\d{5}-of-\d{5}\.gguf$/i;
/** The half of a model that sees images, which cannot run alone. */
const projector = /^mmproj[-_.]/i;

export interface Found {
  /** Absolute, sorted. */
  files: string[];
  cutShort: boolean;
}

/** @param depth levels of folders; 1: `folder` alone */
export async function searchFolder(folder: string, depth: number, limit = mostEntries): Promise<Found> {
  const files: string[] = [];
  let seen = 0;
  const look = async (current: string, levels: number): Promise<void> => {
    const entries = await readdir(current, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (++seen > limit) return;
      const path = join(current, entry.name);
      if (entry.isDirectory()) {
        if (levels > 1 && !entry.name.startsWith('.')) await look(path, levels - 1);
      } else if (isModelName(entry.name) && (entry.isFile() || (await isFile(path)))) files.push(path);
    }
  };
  await look(folder, depth);
  return { files, cutShort: seen > limit };
}

export function isModelName(name: string): boolean {
  return /\.gguf$/i.test(name) && !laterPart.test(name) && !projector.test(name);
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
