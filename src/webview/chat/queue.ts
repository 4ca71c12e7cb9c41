/** Queued questions stand above the field, the next one first; each can be taken out. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { FromChat, QueuedQuestion } from '../../protocol';
import { words, type Strings } from '../shared/words';

/** @param streaming an answer is being written, after which the queue goes on by itself */
export function queuedQuestions(
  questions: readonly QueuedQuestion[],
  streaming: boolean,
  strings: Strings,
  send: (message: FromChat) => void,
) {
  if (questions.length === 0) return nothing;
  return html`<section class="queue" data-testid="chat-queue" aria-label=${strings['queue'] ?? ''}>
    <div class="queue-head">
      <span>${words(strings, questions.length === 1 ? 'queueOne' : 'queueMany', questions.length)}</span>
      ${
        streaming
          ? nothing
          : html`<button type="button" class="secondary" data-testid="chat-ask-queued" @click=${() => send({ type: 'askQueued' })}>
              ${strings['askQueued']}
            </button>`
      }
    </div>
    <ol>
      ${repeat(
        questions,
        ({ id }) => id,
        ({ id, text, about }) => {
          const label = words(strings, 'unqueue', text);
          return html`<li data-testid="chat-queued">
            <span class="queued-text" title=${text}>${about ? `${about}: ` : ''}${text}</span>
            <button
              type="button"
              class="icon"
              data-testid="chat-unqueue"
              title=${label}
              aria-label=${label}
              @click=${() => send({ type: 'unqueue', id })}
            >
              <span class="codicon codicon-close" aria-hidden="true"></span>
            </button>
          </li>`;
        },
      )}
    </ol>
  </section>`;
}
