/**
 * Downloads a model file with node-llama-cpp's downloader: several streams, resumed after a break and after a stop. The
 * server is asked first, the bytes wait in a hidden folder, and only a checked file gets its name where models lie.
 */
import { join } from 'node:path';
import type { ModelDownloader } from 'node-llama-cpp';
import type { DownloadedModel, DownloadModelParams, DownloadProgress } from '../../protocol';
import { downloadUrl } from '../engine/addonContext';
import { loadLibrary } from '../engine/llama';
import { BonsaiError } from '../errors';
import { checkDownload } from './checkDownload';
import { DownloadFolder, isStorageError, storageFailure } from './downloadFolder';
import { askServer, checkUri, host, networkReason, refusal, type RemoteFile } from './remoteFile';
import { listenForStrays } from './strayErrors';

export interface DownloadHooks {
  onProgress?: ((progress: DownloadProgress) => unknown) | undefined;
  signal?: AbortSignal | undefined;
}

/** Milliseconds. The library itself tries again 150 times, which takes twelve minutes. */
export interface DownloadPatience {
  /** For the first answer of the server. */
  connect: number;
  /** Without a single byte. */
  stall: number;
}

/** What a server has, and where. */
interface Offer extends RemoteFile {
  url: string;
}

const patience: DownloadPatience = { connect: 60_000, stall: 60_000 };

/** @throws BonsaiError `bad-request`, `download`, `storage` or `busy`; the signal's reason when stopped, which keeps what is there */
export async function downloadModel(
  params: DownloadModelParams,
  hooks: DownloadHooks = {},
  limits: DownloadPatience = patience,
): Promise<DownloadedModel> {
  checkUri(params.uri);
  const folder = await DownloadFolder.open(params.folder, params.uri);
  let nothingToKeep = true;
  try {
    return await new Download(params, folder, hooks, limits).run();
  } catch (error) {
    // The library takes a part for written before it is: after a failed write, what is there cannot be trusted.
    nothingToKeep = error instanceof BonsaiError && error.code === 'storage';
    throw error;
  } finally {
    await folder.close(nothingToKeep);
  }
}

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

  async run(): Promise<DownloadedModel> {
    const { uri } = this.params;
    const stopListening = listenForStrays((error) => this.stop.abort(error));
    try {
      this.report('connecting', 0, 0);
      // A plain address is asked before the library is, which does not tell a missing file from one without a size.
      const known = uri.startsWith('hf:') ? undefined : await askServer(uri, this.signal);
      const first = await this.create();
      const url = downloadUrl(first);
      const remote = known ?? (await askServer(url, this.signal));
      const sha256 = first.totalFiles === 1 ? (this.params.sha256 ?? remote.sha256) : undefined;
      const source = JSON.stringify([remote.version, first.totalSize]);
      await this.folder.startFrom(source, sha256 !== undefined);
      // What an earlier attempt left is looked at when a downloader is created, and may just have been deleted.
      return await this.fetch(await this.create(), source, { ...remote, url, sha256 });
    } catch (error) {
      throw this.explain(error);
    } finally {
      stopListening();
    }
  }

  private async fetch(downloader: ModelDownloader, source: string, remote: Offer): Promise<DownloadedModel> {
    const { totalSize, totalFiles, downloadedSize: resumedBytes, entrypointFilename: name } = downloader;
    checkOffer(downloader, remote);
    for (const { fileName } of downloader.filesInfo) await this.folder.checkFree(fileName);
    await this.folder.checkSpace(totalSize - resumedBytes);
    await this.transfer(downloader, source);
    const expected = { bytes: totalFiles === 1 ? remote.bytes : 0, sha256: remote.sha256 };
    const onBytes = (bytes: number) => this.report('checking', bytes, totalSize);
    const verified = await checkDownload(join(this.folder.path, name), expected, onBytes, this.signal);
    for (const { fileName } of downloader.filesInfo) await this.folder.deliver(fileName);
    return { path: join(this.params.folder, name), bytes: totalSize, resumedBytes, verified };
  }

  /** Until every byte has come, or it is stopped, fails or stalls. What has come stays. */
  private async transfer(downloader: ModelDownloader, source: string): Promise<void> {
    this.lastByte = performance.now();
    const watch = setInterval(() => {
      if (performance.now() - this.lastByte > this.limits.stall)
        this.stop.abort(new BonsaiError('download', 'No more bytes come. Try again; the download goes on where it stopped.'));
    }, this.limits.stall / 10);
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
      bytes,
      totalBytes,
      bytesPerSecond: Math.round(speed),
      secondsLeft: speed > 0 && Number.isFinite(milliseconds) ? milliseconds / 1000 : null,
    });
  }

  /** In the words of whoever can do something about it. */
  private explain(error: unknown): unknown {
    if (error instanceof BonsaiError || this.hooks.signal?.aborted) return error;
    if (isStorageError(error)) return storageFailure(error, this.params.folder);
    const { uri } = this.params;
    const status: unknown = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
    const options = { cause: error };
    if (typeof status === 'number') return new BonsaiError('download', refusal(status, uri), options);
    if (error instanceof Error && error.name === 'TimeoutError')
      return new BonsaiError('download', `The server of ${uri} does not answer. Check the network and try again.`, options);
    const why = networkReason(error);
    return new BonsaiError(
      'download',
      `${uri} could not be downloaded: ${why}. Try again; the download goes on where it stopped.`,
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
