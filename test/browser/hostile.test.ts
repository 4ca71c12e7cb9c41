/**
 * What a model writes when it has been turned against the person, shown by the chat view of a real window: nothing runs,
 * nothing is loaded, nothing leads out but by the extension's own check, and the view can still be used.
 */
import { strict as assert } from 'node:assert';
import { hostileOutputs } from '../unit/extension/edits/hostileOutputs';
import { chat, command, eventually } from './editor';

/** The part of the chat's element that is needed: what a test showed is taken away again. */
interface Chat extends HTMLElement {
  messages: { id: string }[];
  updateComplete: Promise<unknown>;
}

/** Outputs that are shown at one go. */
const atOnce = 20;

describe('hostile outputs in the chat', function () {
  this.timeout(240_000);
  const element = () => chat().locator('bonsai-chat');
  before(async () => {
    await command('Bonsai: Open Chat');
    await element().waitFor();
    await element().evaluate(() => {
      const seen: string[] = [];
      Object.assign(window, { bonsaiSeen: seen, alert: () => seen.push('alert') });
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        seen.push(`${violatedDirective} ${blockedURI}`);
      });
    });
  });
  after(() =>
    element().evaluate((shown) => {
      const own = shown as Chat;
      own.messages = own.messages.filter(({ id }) => !id.startsWith('hostile-'));
    }),
  );

  it(`${hostileOutputs.length} of them become text`, async () => {
    const harm: string[] = [];
    for (let first = 0; first < hostileOutputs.length; first += atOnce) {
      const texts = hostileOutputs.slice(first, first + atOnce).map(({ output }) => output.slice(0, 100_000));
      harm.push(...(await element().evaluate(show, texts)));
    }
    assert.deepEqual(harm, []);
  });

  it('ran nothing and asked for nothing', async () => {
    assert.deepEqual(await element().evaluate(() => (window as unknown as { bonsaiSeen: string[] }).bonsaiSeen), []);
  });

  it('leave a view that takes questions', async () => {
    const input = chat().getByTestId('chat-input');
    await input.fill('Still there?');
    assert.equal(await input.inputValue(), 'Still there?');
    await input.fill('');
    await eventually('the button is there', () => chat().getByTestId('chat-send').isVisible());
  });
});

/** Shows answers as the extension would and says what of them is more than text. Runs in the page. */
async function show(shown: HTMLElement | SVGElement, texts: string[]): Promise<string[]> {
  const own = shown as unknown as Chat;
  texts.forEach((text, index) => {
    const message = { id: `hostile-${index}`, role: 'assistant', text, state: 'done' };
    window.dispatchEvent(new MessageEvent('message', { data: { type: 'message', message } }));
  });
  await own.updateComplete;
  await new Promise((next) => requestAnimationFrame(() => setTimeout(next, 0)));
  const harm: string[] = [];
  for (const part of own.querySelectorAll('.answer *')) {
    const name = part.tagName.toLowerCase();
    if (/^(?:script|style|link|meta|base|iframe|object|embed|form|input|img|svg|math|template|video|audio)$/.test(name)) harm.push(name);
    for (const { name: attribute, value } of part.attributes)
      if (/^on/.test(attribute) || ['href', 'src', 'srcdoc', 'style', 'action', 'formaction'].includes(attribute))
        harm.push(`${name} ${attribute}=${value.slice(0, 80)}`);
  }
  if (own.querySelectorAll('.answer').length < texts.length) harm.push('an answer is missing');
  return harm;
}
