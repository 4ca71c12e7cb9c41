/**
 * Whatever a model writes, the chat's markdown becomes no script, no handler, no address that a browser would follow,
 * and is there at once. Read with the parser that browsers' rules describe, not with patterns.
 */
import { parseFragment, type DefaultTreeAdapterMap } from 'parse5';
import { describe, expect, it } from 'vitest';
import { parseLink } from '../../../../src/extension/util/links';
import { renderMarkdown } from '../../../../src/webview/chat/markdown';
import { floods, type NamedText } from '../../extension/edits/hostileMarkup';
import { hostileOutputs } from '../../extension/edits/hostileOutputs';

const tags = new Set('a span p br hr em strong s del code pre blockquote ul ol li h1 h2 h3 h4 h5 h6 table thead tbody tr th td'.split(' '));
const attributes = new Set(['class', 'role', 'tabindex', 'title', 'start', 'data-href', 'data-name', 'data-info']);
/** Milliseconds for one output. */
const patience = 1000;

/** Whether a click would open anything that is neither a page of the web nor a file, which has to lie in the workspace. */
function opens(address: string): boolean {
  const target = parseLink(address);
  if (target.kind === 'web') return !/^https?:\/\/[^@/]+(?:\/|$)/.test(target.url);
  return target.kind === 'file' && /^[a-z][\w+.-]+:/i.test(target.path);
}

/** Everything in the HTML that is not harmless, as sentences. */
function harm(html: string): string[] {
  const found: string[] = [];
  const waiting: DefaultTreeAdapterMap['node'][] = [parseFragment(html)];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if ('childNodes' in node) waiting.push(...node.childNodes);
    if (node.nodeName === '#comment') found.push('a comment');
    if (!('tagName' in node)) continue;
    if (!tags.has(node.tagName)) found.push(`the element ${node.tagName}`);
    for (const { name, value } of node.attrs) {
      if (!attributes.has(name)) found.push(`the attribute ${name} of ${node.tagName}`);
      if (name === 'data-href' && opens(value)) found.push(`the address ${value}`);
    }
  }
  return found;
}

const all = hostileOutputs.map(({ name, output }): NamedText => [name, output]);

describe(`${all.length} outputs in the chat`, () => {
  it.each(all)('%s', (_name, text) => {
    const started = performance.now();
    const html = renderMarkdown(text);
    const took = performance.now() - started;
    expect(harm(html)).toEqual([]);
    expect(took).toBeLessThan(patience);
  });
});

// What looks back, or starts again, at every sign takes many times longer than this.
it.each(floods(80_000))('%s costs its length and no more', (_name, text) => {
  const started = performance.now();
  renderMarkdown(text);
  expect(performance.now() - started).toBeLessThan(3 * patience);
});

it('harm is seen', () => {
  expect(harm('<p onclick="x">a</p><script>x</script><a href="x">z</a><!--x-->').toSorted()).toEqual([
    'a comment',
    'the attribute href of a',
    'the attribute onclick of p',
    'the element script',
  ]);
});
