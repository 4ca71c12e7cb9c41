// The tests with real models (test/real). Where there are none, nothing is tested and nothing has failed.
import { findRealModel, modelsFolder, realModels } from './real-models.mjs';
import { runVitest } from './vitest-suite.mjs';

/** @returns {Promise<import('./report.mjs').Suite>} */
export async function runRealSuite() {
  const missing = Object.keys(realModels).filter((name) => findRealModel(name) === undefined);
  const named = missing.map((name) => realModels[name].title).join(', ');
  if (missing.length === Object.keys(realModels).length)
    return { name: 'real', tests: [], skipped: `none of ${named} in ${modelsFolder}. To fetch one, type: npm run model` };
  if (missing.length > 0) console.log(`• Not in ${modelsFolder}, so their tests are skipped: ${named}`);
  return runVitest('real');
}
