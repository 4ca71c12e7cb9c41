/**
 * Policy: a model's text is untrusted. Raw HTML is shown as text, images as their description, and a link has no
 * address the browser could follow: where it leads stands in `data-href`, which only the extension opens after a check.
 */
import MarkdownIt, { type Token } from 'markdown-it';

/** `src/a.ts:12` or `a.ts:3-9` within running text. */
const cited = /(?<![\w@/.:-])((?:[\w@.-]+\/)*[\w@-][\w@.-]*\.[A-Za-z]\w{0,7}:\d{1,7}(?:-\d{1,7})?)(?![\w/])/g;
/** The same alone in code marks, where a path needs no line. */
const citedAlone = /^(?:(?:[\w@.-]+\/)+[\w@.-]+|[\w@-][\w@.-]*\.[A-Za-z]\w{0,7}:\d{1,7})(?:(?<=\D):\d{1,7})?(?:-\d{1,7})?$/;

const markdown = new MarkdownIt({ html: false, linkify: true });
// Without this `main.rs` and `setup.py` would be taken for domains.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });

/** Texts of links. Noted once for all, since looking back from each text takes forever in a long line. */
const linked = new WeakSet<Token>();
markdown.core.ruler.push('linked', ({ tokens }) => {
  for (const { children } of tokens) {
    let depth = 0;
    for (const token of children ?? []) {
      if (token.type === 'link_open') depth++;
      if (token.type === 'link_close') depth--;
      if (depth > 0) linked.add(token);
    }
  }
});

const { escapeHtml } = markdown.utils;
const { rules } = markdown.renderer;
const anchor = (href: string) => `<a role="link" tabindex="0" data-href="${escapeHtml(href)}" title="${escapeHtml(href)}">`;

rules['link_open'] = (tokens, index) => anchor(String(tokens[index]?.attrGet('href') ?? ''));
rules['image'] = (tokens, index) => escapeHtml(tokens[index]?.content ?? '');
rules['code_inline'] = (tokens, index) => {
  const text = tokens[index]?.content ?? '';
  const code = `<code>${escapeHtml(text)}</code>`;
  return citedAlone.test(text) ? `${anchor(text)}${code}</a>` : code;
};
rules['text'] = (tokens, index) => {
  const token = tokens[index];
  const text = token?.content ?? '';
  if (token && linked.has(token)) return escapeHtml(text);
  return text
    .split(cited)
    .map((part, place) => (place % 2 === 1 ? `${anchor(part)}${escapeHtml(part)}</a>` : escapeHtml(part)))
    .join('');
};

// Alignment as a class: the page allows no inline style.
for (const cell of ['th_open', 'td_open'])
  rules[cell] = (tokens, index, options, _env, self) => {
    const token = tokens[index];
    const align = /text-align:(\w+)/.exec(String(token?.attrGet('style') ?? ''))?.[1];
    if (token) token.attrs = align ? [['class', `align-${align}`]] : [];
    return self.renderToken(tokens, index, options);
  };

/** HTML that holds only what markdown itself makes. It is cleaned once more before it enters the page. */
export function renderMarkdown(text: string): string {
  return markdown.render(text);
}
