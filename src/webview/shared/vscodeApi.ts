/** Policy: the one way out of a webview. Messages are typed on both sides; the draft survives hiding the view. */
import type { FromCache, FromChat } from '../../protocol';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void; getState(): unknown; setState(state: unknown): void };

const api = acquireVsCodeApi();

/** Sends to the extension, which checks what arrives. */
export function send(message: FromChat | FromCache): void {
  api.postMessage(message);
}

export function savedDraft(): string {
  const state = api.getState();
  return typeof state === 'object' && state !== null && 'draft' in state && typeof state.draft === 'string' ? state.draft : '';
}

export function saveDraft(draft: string): void {
  api.setState({ draft });
}
