/**
 * The calls of an answer, before its text: what was called with what, and what came of it, folded up. A command that waits
 * for the person is a card with the whole command and two buttons; there is no button that agrees to more than this one.
 * Everything in it is text.
 */
import { html, nothing } from 'lit';
import type { FromChat, ToolCallView } from '../../protocol';
import { words, type Strings } from '../shared/words';

type Send = (message: FromChat) => void;

export function toolCalls(calls: readonly ToolCallView[], strings: Strings, send: Send) {
  return calls.map(
    (call) =>
      html`${call.text.trim() === '' ? nothing : html`<p class="call-before">${call.text.trim()}</p>`} ${toolCall(call, strings, send)}`,
  );
}

function toolCall(call: ToolCallView, strings: Strings, send: Send) {
  if (call.state === 'asking' && call.command) return approvalCard(call.id, call.command, strings, send);
  const icon = {
    asking: 'question',
    running: 'loading',
    done: 'pass',
    declined: 'circle-slash',
    failed: 'warning',
    stopped: 'circle-slash',
  }[call.state];
  const state = strings[`call_${call.state}`] ?? '';
  return html`<details class="call" data-testid="chat-call" data-call=${call.name} data-state=${call.state}>
    <summary>
      <span class="codicon codicon-${icon}" aria-hidden="true"></span>
      <code>${call.name}</code> <span class="call-brief">${brief(call.arguments)}</span> <span class="call-state">${state}</span>
    </summary>
    <div>${strings['callArguments']}</div>
    <pre tabindex="0">${visible(call.arguments)}</pre>
    ${
      call.result === ''
        ? nothing
        : html`<div>${strings['callResult']}</div>
            <pre tabindex="0" data-testid="chat-call-result">${visible(call.result)}</pre>`
    }
  </details>`;
}

function approvalCard(id: string, { parts, marked }: NonNullable<ToolCallView['command']>, strings: Strings, send: Send) {
  const decide = (run: boolean) => send({ type: 'approve', id, run });
  return html`<section class="plan approval" role="group" aria-labelledby="approval-${id}" data-testid="chat-approval">
    <h2 id="approval-${id}" role="alert">${strings['approvalTitle']}</h2>
    <pre class="command" tabindex="0" dir="ltr" data-testid="chat-approval-command">
${parts.map((part) => (part.marked ? html`<mark>${part.text}</mark>` : part.text))}</pre>
    ${
      marked.length === 0
        ? nothing
        : html`<p class="verdict" data-fits="false" data-testid="chat-approval-marked">
            <span class="codicon codicon-warning" aria-hidden="true"></span>
            <span>${words(strings, 'approvalMarked', marked.join(', '))}</span>
          </p>`
    }
    <p>${strings['approvalHint']}</p>
    <div class="buttons">
      <button type="button" data-testid="chat-approval-run" @click=${() => decide(true)}>${strings['approvalRun']}</button>
      <button type="button" class="secondary" data-testid="chat-approval-decline" @click=${() => decide(false)}>
        ${strings['approvalDecline']}
      </button>
    </div>
  </section>`;
}

/** The values alone; all of it is behind the fold. */
function brief(written: string): string {
  return visible(written.slice(0, 200)).replace(/\s+/g, ' ');
}

/** What hides or reorders text, as its code point; the card of a command marks more. */
function visible(text: string): string {
  return text.replace(/[\p{Cf}\p{Cc}\u2028\u2029]/gu, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
  );
}
