/** A failure becomes the kind of error that VS Code's callers look at; the sentence stays, for it names the way out. */
import * as vscode from 'vscode';
import { toSidecarError, type FailureCode } from '../engine/sidecarError';

export type FailureKind = 'NotFound' | 'Blocked' | 'NoPermissions' | 'Cancelled' | 'Unknown';

const kinds: Partial<Record<FailureCode, FailureKind>> = {
  stopped: 'Cancelled',
  'no-model': 'NotFound',
  'model-missing': 'NotFound',
  'model-not-gguf': 'NotFound',
  'model-truncated': 'NotFound',
  'model-unsupported': 'NotFound',
  'context-full': 'Blocked',
  'out-of-memory': 'Blocked',
  'given-up': 'Blocked',
  busy: 'Blocked',
};

/** @returns what to throw to VS Code */
export function languageModelError(error: unknown): Error {
  if (error instanceof vscode.LanguageModelError || error instanceof vscode.CancellationError) return error;
  const { code, message } = toSidecarError(error);
  switch (kinds[code] ?? 'Unknown') {
    case 'Cancelled':
      return new vscode.CancellationError();
    case 'NotFound':
      return vscode.LanguageModelError.NotFound(message);
    case 'Blocked':
      return vscode.LanguageModelError.Blocked(message);
    case 'NoPermissions':
      return vscode.LanguageModelError.NoPermissions(message);
    case 'Unknown':
      return new vscode.LanguageModelError(message, { cause: error });
  }
}
