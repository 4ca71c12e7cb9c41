// The licences of everything that is bundled or rebuilt, in one file beside it, as those licences ask. What is bundled is
// read off esbuild's own list of inputs, so nothing can be forgotten; packages shipped whole keep their own files.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const licenceFile = /^(licen[sc]e|copying|notice)(?!.*\.[cm]?[jt]s$)/i;

function licenceText(folder) {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && licenceFile.test(entry.name));
  return files.map(({ name }) => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n');
}

/**
 * @param root the project's folder
 * @param metafiles what esbuild reported for every bundle
 * @param target the file to write
 */
export function writeNotices(root, metafiles, target) {
  const folders = new Set();
  for (const { inputs } of metafiles)
    for (const path of Object.keys(inputs)) {
      const [, name] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
      if (name) folders.add(name);
    }
  folders.add('node_modules/@vscode/codicons');
  const parts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return `${name} ${version} (${license})\n\n${licenceText(join(root, folder)) || `The package carries no licence text; it declares ${license}.`}`;
  });
  const llama = join(root, 'native/build/llama.cpp');
  if (existsSync(llama)) parts.push(`llama.cpp, which libllama in engine/ is built from (MIT)\n\n${licenceText(llama)}`);
  writeFileSync(target, `Bonsai contains the following software.\n\n${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);
}
