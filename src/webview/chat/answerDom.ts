/** Policy: rendered markdown enters the page as a cleaned fragment; code blocks get their copy button here, from our own elements. */
import DOMPurify from 'dompurify';
import { renderMarkdown } from './markdown';

const allowedTags = 'a p br hr em strong s del code pre blockquote ul ol li h1 h2 h3 h4 h5 h6 table thead tbody tr th td'.split(' ');

export function answerFragment(text: string, copyLabel: string): DocumentFragment {
  const fragment = DOMPurify.sanitize(renderMarkdown(text), {
    ALLOWED_TAGS: allowedTags,
    ALLOWED_ATTR: ['class', 'role', 'tabindex', 'title', 'start'],
    ALLOW_DATA_ATTR: true,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const pre of fragment.querySelectorAll('pre')) {
    const language = /language-([\w+#.-]+)/.exec(pre.querySelector('code')?.className ?? '')?.[1] ?? '';
    pre.tabIndex = 0;
    pre.replaceWith(codeBlock(pre, language, copyLabel));
  }
  return fragment;
}

function codeBlock(pre: HTMLPreElement, language: string, copyLabel: string): HTMLElement {
  const block = document.createElement('div');
  block.className = 'code-block';
  const head = document.createElement('div');
  head.className = 'code-head';
  const name = document.createElement('span');
  name.textContent = language;
  const copy = document.createElement('button');
  copy.className = 'icon';
  copy.type = 'button';
  copy.title = copyLabel;
  copy.dataset['copy'] = '';
  copy.dataset['testid'] = 'chat-copy';
  copy.setAttribute('aria-label', copyLabel);
  const icon = document.createElement('span');
  icon.className = 'codicon codicon-copy';
  copy.append(icon);
  head.append(name, copy);
  block.append(head, pre.cloneNode(true));
  return block;
}
