/** Rendered markdown enters the page as a cleaned fragment; code blocks get their colours and buttons here, from our own elements. */
import DOMPurify from 'dompurify';
import type { CodeAction, CodeBlock } from '../../protocol';
import { words, type Strings } from '../shared/words';
import { colour } from './highlight';
import { renderMarkdown } from './markdown';

const allowedTags = 'a span p br hr em strong s del code pre blockquote ul ol li h1 h2 h3 h4 h5 h6 table thead tbody tr th td'.split(' ');

const actions: readonly { action: 'copy' | CodeAction; icon: string }[] = [
  { action: 'copy', icon: 'codicon-copy' },
  { action: 'insert', icon: 'codicon-insert' },
  { action: 'apply', icon: 'codicon-git-pull-request-go-to-changes' },
  { action: 'compare', icon: 'codicon-diff' },
  { action: 'newFile', icon: 'codicon-new-file' },
];

/** @param whole the answer has ended: until then a code block may lack its end, and can only be copied */
export function answerFragment(text: string, whole: boolean, strings: Strings): DocumentFragment {
  const fragment = DOMPurify.sanitize(renderMarkdown(text), {
    ALLOWED_TAGS: allowedTags,
    ALLOWED_ATTR: ['class', 'role', 'tabindex', 'title', 'start'],
    ALLOW_DATA_ATTR: true,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const pre of fragment.querySelectorAll('pre')) {
    const language = /language-([\w+#.-]+)/.exec(pre.querySelector('code')?.className ?? '')?.[1] ?? '';
    pre.tabIndex = 0;
    for (const code of pre.querySelectorAll('code')) colour(code, language);
    const shown = actions.filter(({ action }) => whole || action === 'copy');
    pre.replaceWith(codeBlock(pre, language, shown, strings));
  }
  return fragment;
}

/** What the person meant by pressing a button of a code block; undefined for anything else in the answer. */
export function pressed(target: Element): { action: string; button: HTMLElement; block: CodeBlock } | undefined {
  const button = target.closest('[data-code]');
  const block = button?.closest('.code-block');
  if (!(button instanceof HTMLElement) || !block) return undefined;
  const code = block.querySelector('code');
  const before = block.previousElementSibling?.textContent.trim().split('\n').at(-1) ?? '';
  return {
    action: button.dataset['code'] ?? '',
    button,
    block: { text: code?.textContent ?? '', info: (code?.dataset['info'] ?? '').slice(0, 400), before: before.slice(0, 400) },
  };
}

function codeBlock(pre: HTMLPreElement, language: string, shown: typeof actions, strings: Strings): HTMLElement {
  const block = document.createElement('div');
  block.className = 'code-block';
  block.setAttribute('role', 'group');
  block.setAttribute('aria-label', language === '' ? (strings['code'] ?? '') : words(strings, 'codeIn', language));
  const head = document.createElement('div');
  head.className = 'code-head';
  const name = document.createElement('span');
  name.textContent = language;
  const bar = document.createElement('div');
  bar.className = 'code-actions';
  bar.append(...shown.map(({ action, icon }) => iconButton(action, icon, strings[action] ?? '')));
  head.append(name, bar);
  block.append(head, pre.cloneNode(true));
  return block;
}

function iconButton(action: string, icon: string, label: string): HTMLElement {
  const button = document.createElement('button');
  button.className = 'icon';
  button.type = 'button';
  button.title = label;
  button.dataset['code'] = action;
  button.dataset['testid'] = `chat-${action}`;
  button.setAttribute('aria-label', label);
  const sign = document.createElement('span');
  sign.className = `codicon ${icon}`;
  button.append(sign);
  return button;
}
