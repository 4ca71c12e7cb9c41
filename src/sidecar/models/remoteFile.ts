/**
 * Asks a server what it would send before anything is downloaded: is the file there, how large is it, can it be sent in
 * parts, and what is its checksum. Hugging Face tells the SHA-256 of a large file in `X-Linked-Etag`, before it
 * redirects to where the bytes are (huggingface_hub, file_download.py).
 */
import { BonsaiError } from '../errors';
import { isPackage, packagesOf } from './modelSources';
import { proxyName } from './proxy';

export interface RemoteFile {
  /** 0: the server does not say. */
  bytes: number;
  sha256: string | undefined;
  /** Changes when the file does, as far as the server says so. */
  version: string;
  /** Whether a download that broke off can go on where it stopped. */
  ranges: boolean;
}

const mostRedirects = 8;
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** @throws BonsaiError `bad-request` for an address that Bonsai does not fetch from */
export function checkUri(uri: string): void {
  if (/^hf:[^/\s:]+\/[^\s]+$/.test(uri)) return;
  if (packagesOf(uri)?.every(isPackage)) return;
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname)))) return;
  throw new BonsaiError(
    'bad-request',
    `${uri} is not an address to download from. Give the https address of a GGUF file, or hf:user/model.`,
  );
}

/**
 * @param patience milliseconds for one answer
 * @throws BonsaiError `download`; the signal's reason when stopped
 */
export async function askServer(url: string, patience: number, signal?: AbortSignal): Promise<RemoteFile> {
  let sha256: string | undefined;
  let linkedBytes = 0;
  let version = '';
  let at = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await head(at, patience, signal);
    const linked = header(response, 'x-linked-etag');
    if (/^[0-9a-f]{64}$/.test(linked)) sha256 ??= linked;
    linkedBytes ||= Number(response.headers.get('x-linked-size')) || 0;
    version ||= linked || header(response, 'etag') || (response.headers.get('last-modified') ?? '');
    const next = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && next !== null) {
      at = new URL(next, at).href;
      continue;
    }
    if (!response.ok) throw new BonsaiError('download', refusal(response.status, at));
    // A login page of a hotel, or a notice that the service is closed: both say that all is well.
    if (/^text\/html\b/i.test(response.headers.get('content-type') ?? ''))
      throw new BonsaiError(
        'download',
        `${host(at)} answers with a web page instead of the file. Open ${host(at)} in a browser to see why.`,
      );
    const bytes = Number(response.headers.get('content-length')) || 0;
    if (linkedBytes > 0 && bytes > 0 && linkedBytes !== bytes)
      throw new BonsaiError('download', `${host(at)} would send ${bytes} bytes of a file of ${linkedBytes}. Try again later.`);
    return { bytes: bytes || linkedBytes, sha256, version, ranges: response.headers.get('accept-ranges') === 'bytes' };
  }
  throw new BonsaiError('download', `${host(url)} redirects in a circle. Check the address ${url}.`);
}

async function head(url: string, patience: number, signal: AbortSignal | undefined): Promise<Response> {
  const late = AbortSignal.timeout(patience);
  try {
    return await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      headers: { 'accept-encoding': 'identity' },
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    const proxy = proxyName(url);
    const through = proxy === undefined ? '' : ` through the proxy of ${proxy}`;
    throw new BonsaiError(
      'download',
      `${host(url)} does not respond${through}: ${networkReason(error)}. Check the network and try again.`,
      {
        cause: error,
      },
    );
  }
}

/** Why a fetch failed, in the words of the cause: "fetch failed" alone says nothing. */
export function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

/** What a refusal means to the person. */
export function refusal(status: number, url: string): string {
  const where = host(url);
  if (status === 401 || status === 403)
    return `${where} wants a login for this file (${status}). Open the page in a browser, accept its terms, download the file and choose it.`;
  if (status === 404 || status === 410) return `There is no such file on ${where} (${status}): ${url.split('?')[0] ?? url}`;
  if (status === 429) return `${where} has had too many requests from here (429). Try again later.`;
  return `${where} answers with an error (${status}). Try again later.`;
}

export function host(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** An entity tag without its quotes and its mark of weakness. */
function header(response: Response, name: string): string {
  return (response.headers.get(name) ?? '').replace(/^W\//, '').replace(/^"|"$/g, '');
}
