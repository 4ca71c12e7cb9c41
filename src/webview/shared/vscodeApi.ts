/** The one way out of a webview. Messages are typed on both sides; the draft survives hiding the view. */
import type { FromCache, FromChat } from '../../protocol';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void; getState(): unknown; setState(state: unknown): void };

const api = acquireVsCodeApi();

/** Sends to the extension, which checks what arrives. */
export function send(message: FromChat | FromCache): void {
  api.postMessage(message);
}

function stateNow(): object {
  const state = api.getState();
  return typeof state === 'object' && state !== null ? state : {};
}

/** Whether the note about the demonstration model was closed. */
export function demoNoteClosed(): boolean {
  const state = stateNow();
  return 'demoNoteClosed' in state && state.demoNoteClosed === true;
}

export function closeDemoNote(): void {
  api.setState({ ...stateNow(), demoNoteClosed: true });
}

export function savedDraft(): string {
  const state = api.getState();
  return typeof state === 'object' && state !== null && 'draft' in state && typeof state.draft === 'string' ? state.draft : '';
}

export function saveDraft(draft: string): void {
  api.setState({ ...stateNow(), draft });
}

/** Which part of the cache map was looked at; kept while the tab is hidden, as when a file was opened over it. */
export function savedLook(): { where: string; layer: number | null } {
  const state = api.getState();
  const look = { where: '', layer: null };
  if (typeof state !== 'object' || state === null || !('where' in state) || !('layer' in state)) return look;
  const { where, layer } = state;
  return typeof where === 'string' && (layer === null || typeof layer === 'number') ? { where, layer } : look;
}

export function saveLook(look: { where: string; layer: number | null }): void {
  api.setState(look);
}
