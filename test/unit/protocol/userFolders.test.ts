/** The user's folders on each platform, from environments that may say nonsense. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cacheFolder, configFolder } from '../../../src/protocol/userFolders';

it('what cannot be made again lies elsewhere than what can', () => {
  const home = '/home/ada';
  expect(configFolder({}, 'linux', home)).toBe(join(home, '.config', 'bonsai'));
  expect(configFolder({ XDG_CONFIG_HOME: '/etc/ada' }, 'linux', home)).toBe(join('/etc/ada', 'bonsai'));
  expect(configFolder({}, 'darwin', home)).toBe(join(home, 'Library', 'Application Support', 'bonsai'));
  expect(configFolder({}, 'win32', home)).toBe(join(home, 'AppData', 'Local', 'bonsai', 'Config'));
  for (const platform of ['linux', 'darwin', 'win32'] as const)
    expect(configFolder({}, platform, home)).not.toBe(cacheFolder({}, platform, home));
});

it.each(['', 'relative', './x'])('a folder that is none counts as absent: "%s"', (value) => {
  expect(configFolder({ XDG_CONFIG_HOME: value }, 'linux', '/home/ada')).toBe(join('/home/ada', '.config', 'bonsai'));
});
