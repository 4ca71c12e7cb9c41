/** The model of the editor that `npm start` opens: set where nobody has chosen one, and nothing else is touched. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { setEditorModel } from '../../../scripts/lib/editor-model.mjs';

let folder: string;
let settings: string;
let real: string;
let other: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-start-'));
  settings = join(folder, 'User', 'settings.json');
  [real, other] = ['real.gguf', 'other.gguf'].map((name) => join(folder, name)) as [string, string];
  for (const path of [real, other]) writeFileSync(path, '');
});
afterEach(() => rmSync(folder, { recursive: true }));
const read = () => JSON.parse(readFileSync(settings, 'utf8')) as Record<string, unknown>;

it('is written into a new file, and beside what is there', () => {
  expect(setEditorModel(settings, real)).toBe(real);
  expect(read()).toEqual({ 'bonsai.model.path': real });
  writeFileSync(settings, '{"editor.fontSize": 20}');
  setEditorModel(settings, real);
  expect(read()).toEqual({ 'editor.fontSize': 20, 'bonsai.model.path': real });
});

it("is the person's own as long as its file is there", () => {
  setEditorModel(settings, other);
  expect(setEditorModel(settings, real)).toBe(other);
  rmSync(other);
  expect(setEditorModel(settings, real)).toBe(real);
  expect(read()['bonsai.model.path']).toBe(real);
});

it('is the demo model when that is asked for, and a real one the next time', () => {
  setEditorModel(settings, real);
  expect(setEditorModel(settings, '')).toBe('');
  expect(read()['bonsai.model.path']).toBe('');
  expect(setEditorModel(settings, real)).toBe(real);
});

it('without a model leaves no file behind', () => {
  expect(setEditorModel(settings, '')).toBe('');
  expect(existsSync(settings)).toBe(false);
});

it.each(['{ // mine\n "editor.fontSize": 20 }', '[1]', 'null', ''])('a file that is not plain JSON is left as it is: %s', (text) => {
  setEditorModel(settings, other);
  writeFileSync(settings, text);
  expect(setEditorModel(settings, real)).toBeUndefined();
  expect(readFileSync(settings, 'utf8')).toBe(text);
});
