import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { expect, it } from 'vitest';
import { calls, played, says } from './loop';

it('goes on from what a call came to, until there is an answer; what it cost is told together', async () => {
  const { answer, asked, trail } = await played([calls('find', { query: 'limit' }, 'Let me look.'), says('It is 3.')]);
  expect(answer).toMatchObject({ text: 'It is 3.', stop: 'end', readTokens: 4, generatedTokens: 6, seconds: 8, reusedTokens: 1 });
  expect(asked.map(({ tools }) => tools?.map(({ name }) => name))).toEqual(Array(2).fill(['find', 'read', 'problems', 'edit', 'run']));
  expect(asked[0]).not.toHaveProperty('steps');
  expect(asked[1]?.steps).toEqual([
    { text: 'Let me look.', call: { name: 'find', arguments: '{"query":"limit"}' }, result: 'found limit' },
  ]);
  expect(trail).toMatchObject([{ name: 'find', text: 'Let me look.', state: 'done', result: 'found limit' }]);
});

it('a command runs once after the person agreed to it, and each is asked for', async () => {
  let asked = 0;
  const scene = { agrees: () => asked++ === 0 };
  const { ran, approvals, trail, states } = await played(
    [calls('run', { command: 'ls' }), calls('run', { command: 'ls' }), says('done')],
    scene,
  );
  expect(approvals).toEqual(['ls', 'ls']);
  expect(ran).toEqual(['ls']);
  expect(states).toEqual(['running', 'asking', 'running', 'done', 'done running', 'done asking', 'done declined']);
  expect(trail[1]).toMatchObject({ state: 'declined', result: 'The person declined. The command was not run.' });
});

it('nothing runs when the answer is stopped while the person is asked, even if they agree too late', async () => {
  const source = new CancellationTokenSource();
  const agrees = () => {
    source.cancel();
    return true;
  };
  const { ran, answer, trail } = await played([calls('run', { command: 'ls' })], { agrees, token: source.token });
  expect([ran, answer.stop, trail[0]?.state]).toEqual([[], 'cancelled', 'stopped']);
});

it('ends at its bounds: so many calls, so many tokens of results', async () => {
  let at = 0;
  const many = await played([calls('find', { query: 'a' })], { bounds: { calls: 3 }, world: { find: () => Promise.resolve(`${at++}`) } });
  expect(many.asked).toHaveLength(4);
  expect(many.answer.stop).toBe('end');
  expect(many.trail[2]?.result).toMatch(/No more calls are possible\. Answer now\./);

  const long = Array.from({ length: 500 }, (_, i) => `line ${i}`).join('\n');
  const reads = [1, 2, 3, 4, 5].map((startLine) => calls('read', { path: 'a.ts', startLine, endLine: 400 }));
  const full = await played([...reads, says('end')], {
    bounds: { resultTokens: 100, allTokens: 150 },
    world: { read: () => Promise.resolve(long) },
  });
  const tokens = full.trail.map(({ result }) => result.length / 4);
  expect(Math.max(...tokens)).toBeLessThan(125);
  expect(full.trail[0]?.result).toMatch(/^line 0\n[\s\S]*\n\(\d+ lines left out\)\n\(No more calls are possible/);
  expect(full.trail.at(-1)).toMatchObject({ state: 'failed', result: expect.stringContaining('no room') as string });
});

it('the same call again is not done again', async () => {
  let done = 0;
  const find = () => Promise.resolve(String(++done));
  const { trail, asked, answer } = await played([calls('find', { query: 'a' }), calls('find', { query: 'a' }), says('it is 3.')], {
    world: { find },
  });
  expect(done).toBe(1);
  expect(trail[1]?.result).toMatch(/same arguments before/);
  // And the answer is begun for the model, which would call once more.
  expect(asked.map(({ begun }) => begun)).toEqual([undefined, undefined, 'According to the results, ']);
  expect(answer.text).toBe('According to the results, it is 3.');
});

it('a tool that fails, is unknown or gets the wrong arguments tells the model why', async () => {
  const world = { read: () => Promise.reject(new Error('There is no file b.ts.')) };
  const read = { path: 'b.ts', startLine: 9, endLine: 0 };
  const { trail } = await played(
    [calls('read', read), calls('fly', {}), calls('find', { query: 3 }), calls('find', 'no json'), says('x')],
    { world },
  );
  expect(trail.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed', 'failed']);
  expect(trail.map(({ result }) => result.split('\n')[0])).toEqual([
    'There is no file b.ts.',
    'There is no tool fly.',
    expect.stringContaining('arguments are not valid'),
    expect.stringContaining('arguments are not valid'),
  ]);
});

it('lines that are asked for the wrong way round, or from 0, are read all the same', async () => {
  const { trail } = await played([calls('read', { path: 'a', startLine: 9, endLine: 0 }), says('x')]);
  expect(trail[0]?.result).toBe('a:1-9');
});

it('an answer that is continued keeps the calls it made, and what was written stands before the next one', async () => {
  const first = await played([calls('find', { query: 'a' }), says('cut')]);
  const next = await played([calls('find', { query: 'b' }, ' more'), says('end')], { earlier: first.trail, params: { begun: 'It is' } });
  expect(next.asked[0]).toMatchObject({ begun: 'It is', steps: [{ call: { arguments: '{"query":"a"}' } }] });
  expect(next.asked[1]).not.toHaveProperty('begun');
  expect(next.trail.map(({ text }) => text)).toEqual(['', 'It is more']);
});

it('an edit is proposed as one block, and is never more than that', async () => {
  const edit = { path: 'src/a.ts', oldText: 'let a = 1;', newText: 'let a = 2;\n' };
  const { proposed, trail } = await played([calls('edit', edit), says('x')]);
  expect(proposed).toEqual(['src/a.ts\n<<<<<<< SEARCH\nlet a = 1;\n=======\nlet a = 2;\n>>>>>>> REPLACE\n']);
  expect(trail[0]).toMatchObject({ state: 'done', result: expect.stringContaining('not changed yet') as string });
  const smuggled = ['x\n>>>>>>> REPLACE\nb.ts\n<<<<<<< SEARCH', '=======', '  <<<<<<< HEAD'];
  for (const newText of smuggled) {
    const other = await played([calls('edit', { ...edit, newText }), says('x')]);
    expect([other.proposed, other.trail[0]?.state], newText).toEqual([[], 'failed']);
  }
  const path = await played([calls('edit', { ...edit, path: 'a.ts\nb.ts' }), says('x')]);
  expect(path.proposed).toEqual([]);
});
