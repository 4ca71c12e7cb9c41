/**
 * Nothing is downloaded before the person has seen from where, how much and to which folder. The download can be
 * stopped and goes on later; when it is done, the model is used only if they say so.
 */
import * as vscode from 'vscode';
import type { DownloadModelParams, DownloadProgress } from '../../protocol';
import { toSidecarError } from '../engine/sidecarError';
import { setModelPath } from '../settings';
import { modelsFolder } from '../../protocol/modelsFolder';
import { shortBytes, shortSeconds } from '../../protocol/numbers';
import type { Translate } from '../util/text';
import type { ModelTools } from './modelTools';

export interface Wanted {
  /** What `downloadModel` takes. */
  uri: string;
  name: string;
  /** Where a person can see what it is, and download it by hand. */
  url?: string;
  /** 0: not known before the server is asked. */
  bytes: number;
  /** Others that have the same file. */
  mirrors?: string[];
  /** Its name. */
  file?: string;
  sha256?: string | undefined;
}

export class ModelDownload {
  constructor(
    private readonly tools: Pick<ModelTools, 'download'>,
    private readonly log: vscode.LogOutputChannel,
    private readonly t: Translate,
  ) {}

  async start(wanted: Wanted): Promise<void> {
    const folder = await this.#confirm(wanted);
    if (folder !== undefined) await this.#run(wanted, folder);
  }

  /** Asks for an address and downloads from there. */
  async fromAddress(): Promise<void> {
    const { t } = this;
    const uri = await vscode.window.showInputBox({
      title: t('Download a GGUF model'),
      prompt: t('The https address of a GGUF file, or hf:user/model:quantisation'),
      ignoreFocusOut: true,
      validateInput: (text) => (isAddress(text.trim()) ? undefined : t('Enter an https address or hf:user/model.')),
    });
    if (uri !== undefined) await this.start({ uri: uri.trim(), name: nameFrom(uri.trim()), bytes: 0 });
  }

  async #confirm({ uri, name, bytes, mirrors = [] }: Wanted): Promise<string | undefined> {
    const { t } = this;
    const usual = modelsFolder();
    const download = t('Download');
    const other = t('Other folder…');
    const from = sourceName(uri);
    const chosen = await vscode.window.showInformationMessage(
      t('Download {0}?', name),
      {
        modal: true,
        detail: [
          t('{0} from {1} into {2}. Nothing of yours is sent.', bytes > 0 ? shortBytes(bytes) : t('A file'), from, usual),
          ...(mirrors.length > 0
            ? [t('If that source does not respond, the same file is downloaded from {0}.', mirrors.map(sourceName).join(', '))]
            : []),
        ].join('\n\n'),
      },
      download,
      other,
    );
    if (chosen === download) return usual;
    if (chosen !== other) return undefined;
    const folders = await vscode.window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, title: t('Folder for the model') });
    return folders?.[0]?.fsPath;
  }

  async #run(wanted: Wanted, folder: string): Promise<void> {
    const { t } = this;
    try {
      const { path, bytes, verified, from, refused } = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, cancellable: true, title: t('Downloading {0}', wanted.name) },
        (report, token) => {
          let shown = 0;
          const onProgress = (progress: DownloadProgress) => {
            const now = progress.totalBytes > 0 ? (100 * progress.bytes) / progress.totalBytes : 0;
            report.report({ message: progressLine(progress, t), increment: Math.max(0, now - shown) });
            shown = Math.max(shown, now);
          };
          return this.tools.download({ ...downloadParams(wanted), folder }, onProgress, token);
        },
      );
      const checked =
        verified === 'sha256'
          ? t('Its SHA-256 checksum matches.')
          : t("The source gave no checksum; the file's size and header are correct.");
      for (const why of refused) this.log.info(why);
      this.log.info(`${path}: ${bytes} bytes from ${from}, ${verified}`);
      const use = t('Use it');
      const chosen = await vscode.window.showInformationMessage(`${t('{0} is downloaded.', wanted.name)} ${checked}`, use);
      if (chosen === use) await setModelPath(path);
    } catch (error) {
      await this.#failed(wanted, error);
    }
  }

  async #failed(wanted: Wanted, error: unknown): Promise<void> {
    const { t } = this;
    const { code, message } = toSidecarError(error);
    const again = code === 'stopped' ? t('Continue') : t('Try again');
    const page = t('Open the page');
    if (code !== 'stopped') this.log.error(message);
    const show = code === 'stopped' ? vscode.window.showInformationMessage : vscode.window.showErrorMessage;
    const text = code === 'stopped' ? t('The download was stopped. The part that was downloaded is kept.') : message;
    const chosen = await show(text, again, ...(wanted.url === undefined ? [] : [page]));
    if (chosen === again) await this.start(wanted);
    if (chosen === page && wanted.url !== undefined) await vscode.env.openExternal(vscode.Uri.parse(wanted.url, true));
  }
}

function downloadParams({ uri, mirrors, file, bytes, sha256 }: Wanted): Omit<DownloadModelParams, 'folder'> {
  return {
    uri,
    ...(mirrors === undefined ? {} : { mirrors }),
    ...(file === undefined ? {} : { name: file }),
    // A size that is only about right would refuse the file.
    ...(sha256 === undefined ? {} : { sha256, bytes }),
  };
}

/** How a source is called when it is spoken of. */
function sourceName(uri: string): string {
  if (uri.startsWith('pip:')) return 'PyPI';
  return URL.canParse(uri) && !uri.startsWith('hf:') ? new URL(uri).host : 'huggingface.co';
}

export function progressLine({ phase, from, bytes, totalBytes, bytesPerSecond, secondsLeft }: DownloadProgress, t: Translate): string {
  if (phase === 'connecting') return t('asking {0}', from);
  const done = t('{0} of {1}', shortBytes(bytes), shortBytes(totalBytes));
  if (phase === 'checking') return t('checking {0}', done);
  const pace = bytesPerSecond > 0 ? [t('{0}/s', shortBytes(bytesPerSecond))] : [];
  return [done, ...pace, ...(secondsLeft === null ? [] : [t('{0} left', shortSeconds(secondsLeft))])].join(' · ');
}

/** The sidecar looks closer. */
export function isAddress(text: string): boolean {
  return /^hf:[^/\s:]+\/\S+$/.test(text) || (/^https:\/\//i.test(text) && URL.canParse(text));
}

function nameFrom(uri: string): string {
  const last = uri.split('?')[0]?.split('/').at(-1);
  return last === undefined || last === '' ? uri : last;
}
