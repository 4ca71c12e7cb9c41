#!/usr/bin/env node
// npm run l10n: writes l10n/bundle.l10n.json, the messages a translator needs. `--check` writes nothing and fails when it is stale,
// or when package.json and package.nls.json do not fit each other.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bundleFile, extracted, l10nMistakes } from './lib/l10n.mjs';

if (!process.argv.includes('--check')) {
  mkdirSync(dirname(bundleFile), { recursive: true });
  writeFileSync(bundleFile, (await extracted()).text);
}
const mistakes = await l10nMistakes();
for (const mistake of mistakes) console.error(mistake);
process.exitCode = mistakes.length > 0 ? 1 : 0;
