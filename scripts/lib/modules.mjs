// npm packages: installed from package-lock.json when what lies in node_modules differs from it. The two lock files are
// compared entry by entry, since file times say nothing after a checkout.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { run, step } from './steps.mjs';

const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));

/** Why an installation is needed, or undefined. npm writes its hidden lock last, so an interrupted one has none. */
export function whyInstall() {
  let installed;
  try {
    installed = read('node_modules/.package-lock.json').packages;
  } catch {
    return 'none installed yet';
  }
  const wanted = read('package-lock.json').packages;
  for (const [path, { version, optional, devOptional, link }] of Object.entries(wanted)) {
    if (path === '' || link) continue;
    const found = installed[path];
    if (!found && !optional && !devOptional) return `${path.replace(/.*node_modules\//, '')} is missing`;
    if (found && found.version !== version) return `${path.replace(/.*node_modules\//, '')} should be ${version}, is ${found.version}`;
  }
  return undefined;
}

/** Leaves node_modules as package-lock.json describes it. */
export async function ensureModules() {
  const reason = whyInstall();
  if (!reason) return;
  await step(`npm packages (${reason})`, async () => {
    await run('npm', ['ci', '--no-audit', '--no-fund'], { wayOut: 'Check the network, then type: npm ci' });
  });
}
