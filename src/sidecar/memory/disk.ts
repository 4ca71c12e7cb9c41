/**
 * What is known of the files on disk, and how it is kept true: the editor tells what it saw change, and before an answer
 * every file's size and time are looked at, for not everything that writes files tells the editor.
 */
import { lstat } from 'node:fs/promises';
import pLimit from 'p-limit';
import type { LoadedModel } from '../engine/loadedModel';
import { catalogueOf, type Catalogue, type CatalogueFile, type CatalogueOptions, type Facts } from './catalogue';

/** Files; looking at more would make the question wait. */
const mostSwept = 20_000;
const statsAtOnce = 64;

export class Disk {
  /** Two looks at once could finish in the wrong order. */
  private readonly oneAtATime = pLimit(1);
  private known: Catalogue | undefined;
  private latest: Catalogue | undefined;

  constructor(
    private readonly loaded: Pick<LoadedModel, 'model' | 'tokens'>,
    private readonly facts: Facts,
    /** Told of every new look at the repository. */
    private readonly onLook: (catalogue: Catalogue) => void = () => undefined,
  ) {}

  /** The repository that is in memory, or being read, as it was last seen. */
  get catalogue(): Catalogue | undefined {
    return this.known;
  }

  /** Lists any folders; files that are as they were are not opened. @throws as `catalogueOf` */
  look(options: Pick<CatalogueOptions, 'folders' | 'name' | 'signal' | 'onFile'>): Promise<Catalogue> {
    return this.oneAtATime(async () => {
      this.latest = await catalogueOf(this.loaded, { ...options, facts: this.facts, before: this.latest });
      return this.latest;
    });
  }

  /** From now on this is the repository. */
  adopt(catalogue: Catalogue): void {
    this.known = catalogue;
    this.onLook(catalogue);
  }

  /** Looks again at what is known. @returns whether anything is different */
  async lookAgain(signal?: AbortSignal): Promise<boolean> {
    const before = this.known;
    if (!before) return false;
    const after = await this.look({ folders: before.folders, name: before.name, signal });
    // Another repository may have taken its place meanwhile.
    if (this.known !== before) return false;
    this.adopt(after);
    return differs(before, after);
  }

  /** Whether any known file has another size or time than when it was last looked at. */
  async changed(): Promise<boolean> {
    const { files = [] } = this.known ?? {};
    const limit = pLimit(statsAtOnce);
    const results = await limit.map(files.slice(-mostSwept), isChanged);
    return results.some(Boolean);
  }
}

async function isChanged({ file }: CatalogueFile): Promise<boolean> {
  try {
    const { mtimeMs, size } = await lstat(file.absolutePath);
    return mtimeMs !== file.mtimeMs || size !== file.bytes;
  } catch {
    return true;
  }
}

function differs(before: Catalogue, after: Catalogue): boolean {
  const hashes = new Map(before.files.map(({ path, hash }) => [path, hash]));
  return before.files.length !== after.files.length || after.files.some(({ path, hash }) => hashes.get(path) !== hash);
}
