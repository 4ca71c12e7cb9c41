/**
 * A model's text is untrusted. Raw HTML is shown as text, images as their description, and a link has no
 * address the browser could follow: where it leads stands in `data-href`, which only the extension opens after a check.
 */
import MarkdownIt, { type Token } from 'markdown-it';
import { citedLines, citedName, citedPath, pathCharacters } from '../../protocol/citationForm';

const unnamedLines = citedLines.replaceAll(/\?<\w+>/g, '?:');
/** A place within running text. */
const cited = new RegExp(String.raw`(?<![${pathCharacters}/\\:])(${citedPath}${unnamedLines})(?![\p{L}\p{N}_/])`, 'gu');
/** A place alone in code marks, where a path with a folder needs no line. */
const citedAlone = new RegExp(String.raw`^(?:${citedPath}${unnamedLines}|(?:[${pathCharacters}]+\/)+[${pathCharacters}]+)$`, 'u');

/** What may be the name of a file, within running text and alone in code marks; no link until it was found in the workspace. */
const named = new RegExp(String.raw`(?<![${pathCharacters}/\\:])(${citedName})(?![\p{L}\p{N}_/\\(-])`, 'gu');
const namedAlone = new RegExp(`^${citedName}$`, 'u');

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
  const code = `<code${namedAlone.test(text) ? ` data-name="${escapeHtml(text)}"` : ''}>${escapeHtml(text)}</code>`;
  return citedAlone.test(text) ? `${anchor(text)}${code}</a>` : code;
};
rules['text'] = (tokens, index) => {
  const token = tokens[index];
  const text = token?.content ?? '';
  if (token && linked.has(token)) return escapeHtml(text);
  return text
    .split(cited)
    .map((part, place) => (place % 2 === 1 ? `${anchor(part)}${escapeHtml(part)}</a>` : withNames(part)))
    .join('');
};

function withNames(text: string): string {
  return text
    .split(named)
    .map((part, place) => (place % 2 === 1 ? `<span data-name="${escapeHtml(part)}">${escapeHtml(part)}</span>` : escapeHtml(part)))
    .join('');
}

// What else stands behind an opening fence, such as the name of a file, is kept for the buttons of the block.
const { fence } = rules;
rules['fence'] = (tokens, index, options, env, self) => {
  const token = tokens[index];
  if (token?.info) token.attrSet('data-info', token.info.trim());
  return fence?.(tokens, index, options, env, self) ?? '';
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
