/**
 * Finding models through a real sidecar, as the picker does: each is told as soon as it is known, once however many names
 * it has; what cannot be used is named with the reason; and what was just downloaded is among them.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { messages, type FindModelsParams, type FoundModels, type LocalModel } from '../../src/protocol';
import { failing, root, start, type Client } from './client';
import { ModelServer } from './modelServer';

const demo = join(root, 'media/bonsai-demo-q8_0.gguf');
const bytes = readFileSync(demo);

let work: string;
let client: Client;
beforeAll(() => {
  work = realpathSync(mkdtempSync(join(tmpdir(), 'bonsai-models-')));
  client = start();
});
afterAll(async () => {
  await client.stop();
  rmSync(work, { recursive: true });
});

const folder = (name: string): string => {
  const path = join(work, name);
  mkdirSync(path, { recursive: true });
  return path;
};

let tokens = 0;
async function find(params: FindModelsParams, cancel?: CancellationTokenSource, onFound: (model: LocalModel) => void = () => undefined) {
  const progressToken = `m${tokens++}`;
  const told: LocalModel[] = [];
  const listening = client.connection.onProgress(messages.modelFound, progressToken, (model) => {
    told.push(model);
    onFound(model);
  });
  try {
    const asked = { only: true, gpu: 'off' as const, ...params, progressToken };
    const found: FoundModels = await client.connection.sendRequest(messages.findModels, asked, cancel?.token);
    return { ...found, told };
  } finally {
    listening.dispose();
  }
}

it('tells what the header says and what the model would take here', async () => {
  const { models, told, unusable } = await find({ files: [demo] });
  expect(told).toEqual(models);
  expect(unusable).toEqual([]);
  expect(models).toMatchObject([
    { path: demo, source: 'chosen', bytes: bytes.length, quantisation: 'Q8_0', fim: true, chat: true, fits: true },
  ]);
  const [model] = models;
  expect(model?.trainedWindow).toBeGreaterThan(0);
  expect(model?.kvBytes).toBeGreaterThan(0);
  const [small] = (await find({ files: [demo], budget: 512 })).models;
  expect(small?.budget).toBe(512);
  expect(small?.kvBytes).toBeLessThan(model?.kvBytes ?? 0);
});

it('looks into folders, takes a file once under all its names, and says why others cannot be used', async () => {
  const here = folder('mixed');
  copyFileSync(demo, join(here, 'one.gguf'));
  symlinkSync(join(here, 'one.gguf'), join(here, 'same.gguf'));
  writeFileSync(join(here, 'text.gguf'), 'no model\n'.repeat(1000));
  writeFileSync(join(here, 'empty.gguf'), '');
  writeFileSync(join(here, 'half.gguf'), bytes.subarray(0, bytes.length / 2));
  writeFileSync(join(here, 'notes.txt'), 'x');
  writeFileSync(join(here, 'mmproj-eye.gguf'), 'x');
  mkdirSync(join(here, 'deep'));
  copyFileSync(demo, join(here, 'deep/two.gguf'));
  const { models, told, unusable, cutShort } = await find({ folders: [here, join(work, 'nowhere')] });
  expect(models.map(({ path }) => path)).toEqual([join(here, 'one.gguf')]);
  expect(told).toEqual(models);
  expect(unusable.map(({ path }) => path).toSorted()).toEqual(['empty', 'half', 'text'].map((name) => join(here, `${name}.gguf`)));
  for (const { path, reason } of unusable) expect(reason).toContain(path);
  expect(cutShort).toEqual([]);
});

it('stops when nobody wants to know any more', async () => {
  const here = folder('many');
  for (let index = 0; index < 30; index++) copyFileSync(demo, join(here, `model-${index}.gguf`));
  const cancel = new CancellationTokenSource();
  let told = 0;
  const { message } = await failing(
    find({ folders: [here] }, cancel, () => {
      told++;
      cancel.cancel();
    }),
  );
  expect(message).not.toBe('');
  expect(told).toBeLessThan(30);
  expect((await find({ files: [demo] })).models).toHaveLength(1);
});

it('finds what was just downloaded', async () => {
  const goal = folder('downloads');
  const server = new ModelServer(bytes);
  const address = await server.start();
  server.reset({ checksum: true });
  try {
    const params = { uri: `${address}/fresh.gguf`, folder: goal };
    const { path, verified } = await client.connection.sendRequest(messages.downloadModel, params);
    expect([path, verified]).toEqual([join(goal, 'fresh.gguf'), 'sha256']);
    expect((await find({ folders: [goal] })).models.map((model) => model.path)).toEqual([path]);
  } finally {
    await server.stop();
  }
});

it('measures the machine once, and then says of each model how quick it is here', async () => {
  const [before] = (await find({ files: [demo] })).models;
  expect([before?.speed, before?.usable]).toEqual([undefined, undefined]);
  const first = await client.connection.sendRequest(messages.measureMachine, { gpu: 'off' });
  expect([first.multiplications > 1e6, first.bytes > 1e6]).toEqual([true, true]);
  // A second measurement would not give the same numbers to the last digit.
  expect(await client.connection.sendRequest(messages.measureMachine, { gpu: 'off' })).toEqual(first);
  const [after] = (await find({ files: [demo] })).models;
  expect([(after?.speed?.reading ?? 0) > 0, (after?.speed?.writing ?? 0) > 0, typeof after?.usable]).toEqual([true, true, 'boolean']);
});
