/** Bonsai's own version, from the manifest beside the bundle. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { bundleRoot } from './bundleRoot';

const manifest = z.object({ version: z.string() });

export const version = manifest.parse(JSON.parse(readFileSync(join(bundleRoot, 'package.json'), 'utf8'))).version;
