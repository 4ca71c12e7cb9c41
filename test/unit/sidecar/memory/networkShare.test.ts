/** Which folders are on a network share, by their path. */
import { expect, it } from 'vitest';
import { isNetworkShare } from '../../../../src/sidecar/memory/catalogue';

it.each([
  ['\\\\server\\share\\repo', true],
  ['//server/share', true],
  ['\\\\wsl$\\Debian\\home', true],
  ['\\\\?\\UNC\\server\\share', true],
  ['\\\\?\\C:\\a\\very\\long\\path', false],
  ['\\\\.\\C:\\repo', false],
  ['C:\\repo', false],
  ['c:/repo', false],
])('%s: %s', (folder, share) => {
  expect(isNetworkShare(folder, 'win32')).toBe(share);
  // Elsewhere two slashes are one, and a backslash is a letter.
  expect(isNetworkShare(folder, 'linux')).toBe(false);
});
