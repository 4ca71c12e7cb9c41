// Which model the editor that `npm start` opens uses: a line in the settings of that editor alone.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const setting = 'bonsai.model.path';

/**
 * Writes the model's path where the person has chosen none that is still there; all else in the file stays.
 * @param settings the editor's settings.json; made where it is not there
 * @param model absolute path of a GGUF file; '': the demo model, whatever was chosen before
 * @returns {string | undefined} the path that counts now, '' for the demo model; undefined: the file is no plain JSON and was left alone
 */
export function setEditorModel(settings, model) {
  let now = {};
  if (existsSync(settings)) {
    try {
      now = JSON.parse(readFileSync(settings, 'utf8'));
    } catch {
      return undefined;
    }
    if (typeof now !== 'object' || now === null || Array.isArray(now)) return undefined;
  }
  const chosen = now[setting];
  if (model !== '' && typeof chosen === 'string' && chosen !== '' && existsSync(chosen)) return chosen;
  if ((chosen ?? '') === model) return model;
  mkdirSync(dirname(settings), { recursive: true });
  writeFileSync(settings, `${JSON.stringify({ ...now, [setting]: model }, null, 2)}\n`);
  return model;
}
