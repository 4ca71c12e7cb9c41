/** The real models that are there, and the title by which the tests of one that is not are skipped. */
import { describe } from 'vitest';
import { findRealModel, realModels, type RealModelName } from '../../scripts/lib/real-models.mjs';

/** Milliseconds, of tests and hooks: many times what they take on two cores, which may have other work. */
export const limit = { timeout: 3_600_000 };

export interface RealModel {
  title: string;
  path: string;
  sha256: string;
}

/** A group of tests with one model, skipped where its file is not there. */
export function describeModel(name: RealModelName, what: string, tests: (model: RealModel) => void): void {
  const path = findRealModel(name);
  const { title, sha256 } = realModels[name];
  describe.skipIf(path === undefined)(`${title}: ${what}`, () => tests({ title, path: path ?? '', sha256 }));
}
