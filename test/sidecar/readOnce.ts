/**
 * A repository, and what was saved of it by the one process that read it, for all tests of a file: reading takes longer than most of
 * them. Each test has copies of its own, in the same place, for a memory is of a folder.
 */
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const asTheyAre = { recursive: true, preserveTimestamps: true };

export class ReadOnce {
  readonly repository: string;
  readonly storage: string;
  /** Of this file of tests; gone at the end. */
  readonly folder: string;

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `bonsai-${name}-`));
    this.repository = join(this.folder, 'repository');
    this.storage = join(this.folder, 'saved');
  }

  /** @param read has the repository, whose files are there, read into the storage, and ends its process */
  async keep(read: () => Promise<void>): Promise<void> {
    cpSync(this.repository, this.kept('repository'), asTheyAre);
    await read();
    renameSync(this.storage, this.kept('saved'));
    rmSync(this.repository, { recursive: true });
  }

  putRepository(): void {
    cpSync(this.kept('repository'), this.repository, asTheyAre);
  }

  /** As the process that read the repository left it. */
  putSaved(): void {
    cpSync(this.kept('saved'), this.storage, asTheyAre);
  }

  /** What a test had. */
  clear(): void {
    for (const path of [this.repository, this.storage]) rmSync(path, { recursive: true, force: true });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private kept(name: string): string {
    return join(this.folder, 'template', name);
  }
}
