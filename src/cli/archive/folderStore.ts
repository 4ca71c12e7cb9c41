/** A folder as a shared store: on a drive that is carried, or one that several machines see. Links are not followed. */
import { constants } from 'node:fs';
import { mkdir, open, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { BonsaiError } from '../../sidecar/errors';
import { errorCode, makePrivateFolder, whyNot, writeFileBy } from '../../sidecar/privateFiles';
import { Gone, type SharedStore } from './sharedStore';

export class FolderStore implements SharedStore {
  /** @param address absolute; the folder may not be there yet */
  constructor(readonly address: string) {}

  async list(signal: AbortSignal): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    try {
      for (const entry of await readdir(this.address, { recursive: true, withFileTypes: true })) {
        signal.throwIfAborted();
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        const size = (await stat(path).catch(() => undefined))?.size;
        if (size !== undefined) found.set(relative(this.address, path).split(sep).join('/'), size);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (errorCode(error) !== 'ENOENT') throw unusable(`${this.address} cannot be read`, error);
    }
    return found;
  }

  async *read(name: string): AsyncGenerator<Uint8Array, void, undefined> {
    const path = this.pathOf(name);
    try {
      // Absent flags count as 0 on Windows. Without O_NONBLOCK, opening a pipe would wait for its writer.
      const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      for await (const chunk of handle.createReadStream()) if (chunk instanceof Uint8Array) yield chunk;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') throw new Gone();
      throw unusable(`${path} cannot be read`, error);
    }
  }

  async write(name: string, content: Uint8Array): Promise<void> {
    const path = this.pathOf(name);
    try {
      await mkdir(dirname(this.address), { recursive: true });
      await makePrivateFolder(this.address);
      await makePrivateFolder(dirname(path));
      await writeFileBy(path, (part) => writeFile(part, content));
    } catch (error) {
      throw unusable(`${path} could not be written`, error);
    }
  }

  close(): void {
    // Nothing is open between two calls.
  }

  private pathOf(name: string): string {
    return join(this.address, ...name.split('/'));
  }
}

const unusable = (what: string, cause: unknown) => new BonsaiError('storage', `${what}: ${whyNot(cause)}.`, { cause });
