/** Choosing a model, making it fit, and giving its memory back. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from 'vscode-jsonrpc/node';
import { IdleUnload } from '../../../../src/extension/models/idleUnload';
import { memoryLadder } from '../../../../src/extension/models/memoryLadder';
import { bestChoice, machineLine, modelItems, type PickerFacts } from '../../../../src/extension/models/modelItems';
import { untranslated as t } from '../../../../src/extension/util/text';
import type { LocalModel, RecommendedModel, Status } from '../../../../src/protocol';

const GB = 1_000_000_000;
const local: LocalModel = {
  ...{ path: '/models/a.gguf', name: 'Coder 7B', source: 'models', bytes: 4.4 * GB, architecture: 'qwen2', quantisation: 'Q4_K_M' },
  ...{ trainedWindow: 32768, fim: true, chat: true, budget: 8192, kvBytes: 1.75 * GB, fits: true },
};
const offer: RecommendedModel = {
  ...{ name: 'Coder', url: 'https://huggingface.co/a/b', uri: 'https://huggingface.co/a/b/resolve/main/c.gguf', mirrors: [] },
  ...{ file: 'c.gguf', bytes: 2e9, license: 'Apache-2.0', window: 32768, fim: true, why: 'good', budget: 8192, kvBytes: 4e8 },
  ...{ speed: { reading: 120.4, writing: 9.26, measured: true }, usable: true },
};
const doctor = {
  backends: ['cpu'],
  devices: [{ name: 'CPU', totalBytes: 16 * GB, freeBytes: GB }],
  memory: { totalBytes: 16 * GB, freeBytes: GB },
  recommended: [offer],
};
const facts: PickerFacts = { current: '', found: [], doctor: undefined, gpuOff: false };

describe('the picker', () => {
  it('says of each model what it takes, what it does and where it is', () => {
    const [heading, item] = modelItems({ ...facts, found: [local] }, t);
    expect(heading).toEqual({ label: 'On this machine' });
    expect(item).toMatchObject({
      label: '$(package) Coder 7B',
      description: '4.4 GB · Q4_K_M · window 32,768 · chat and ghost text',
      choice: { kind: 'use', path: '/models/a.gguf' },
    });
    expect(item?.detail).toMatch(/^Fits: 6\.2 GB with a KV cache of 1\.8 GB at 8,192 entries per layer · in your models folder · /);
  });

  it('puts what does not fit last, and says so; marks the one in use; knows who writes no ghost text', () => {
    const large = { ...local, path: '/b', name: 'Large', fits: false };
    const chat = { ...local, path: '/c', name: 'Chat', fim: false };
    const text = { ...local, path: '/d', name: 'Text', fim: false, chat: false };
    const items = modelItems({ ...facts, found: [large, chat, text], current: '/c' }, t).slice(1, 4);
    expect(items.map(({ label }) => label)).toEqual(['$(check) Chat', '$(package) Text', '$(warning) Large']);
    expect(items.map(({ description }) => description?.split(' · ').at(-1))).toEqual([
      'chat, no ghost text',
      'text completion only',
      'chat and ghost text',
    ]);
    expect(items[2]?.detail).toMatch(/^Too large for this machine/);
  });

  it('says of a download how quick it is here, how long this repository takes, and what it takes', () => {
    const item = (recommended: RecommendedModel, more: Partial<PickerFacts> = {}) =>
      modelItems({ ...facts, doctor: { ...doctor, recommended: [recommended] }, ...more }, t)[1];
    const entry = item(offer, { repositoryTokens: 36_120 });
    expect(entry).toMatchObject({ label: '$(cloud-download) Coder', choice: { kind: 'download', model: offer } });
    expect(entry?.description).toBe('2 GB · window 32,768 · chat and ghost text');
    expect(entry?.detail).toBe('reads 120, writes 9.3 tokens/s · this repository in 5 min · KV cache 400 MB · Apache-2.0 · good');
    expect(item(offer)?.detail).toContain('100,000 tokens in 14 min');
    const assumed = { ...offer, speed: { ...offer.speed, measured: false } };
    expect(item(assumed)?.detail).toContain('reads about 120, writes about 9.3 tokens/s (not measured yet)');
    const slow = { ...offer, usable: false };
    expect(item(slow)?.detail).toMatch(/^slow here: no graphics card · /);
    const withCard = { ...doctor, backends: ['vulkan', 'cpu'], recommended: [slow] };
    expect(item(slow, { doctor: withCard })?.detail).toMatch(/^slow here · /);
  });

  it('does not offer to download what is here', () => {
    const items = modelItems({ ...facts, doctor, found: [{ ...local, bytes: offer.bytes }] }, t);
    expect(items.some(({ choice }) => choice?.kind === 'download')).toBe(false);
  });

  it('proposes the model in use, else the best that is here, else the best to download, and never a file dialog', () => {
    const best = (more: Partial<PickerFacts>) => {
      const all = { ...facts, ...more };
      return bestChoice(all, modelItems(all, t))?.choice;
    };
    const slow = { ...local, path: '/slow', bytes: 9 * GB, usable: false };
    const text = { ...local, path: '/text', bytes: 5 * GB, chat: false };
    const small = { ...local, path: '/small', bytes: GB, usable: true };
    const found = [slow, text, small];
    expect(best({ found, doctor, current: '/slow' })).toMatchObject({ path: '/slow' });
    expect(best({ found, doctor })).toMatchObject({ path: '/small' });
    expect(best({ found: [slow], doctor: { ...doctor, recommended: [{ ...offer, name: 'Slow', usable: false }, offer] } })).toMatchObject({
      model: { name: 'Coder' },
    });
    expect(best({})).toBeUndefined();
  });

  it('offers the graphics card only where there is one and the settings keep it out', () => {
    const kinds = (gpuOff: boolean, backends: string[]) =>
      modelItems({ ...facts, gpuOff, doctor: { ...doctor, backends } }, t).some(({ choice }) => choice?.kind === 'graphics');
    expect([kinds(true, ['cuda', 'cpu']), kinds(false, ['cuda', 'cpu']), kinds(true, ['cpu'])]).toEqual([true, false, false]);
  });

  it('shows a name from a file as text', () => {
    const [, item] = modelItems({ ...facts, found: [{ ...local, name: '$(trash) x' }] }, t);
    expect(item?.label).not.toContain('$(trash)');
  });

  it('names the machine: its cards, then its memory', () => {
    expect(machineLine(doctor, t)).toBe('16 GB of memory');
    const card = { name: 'RTX', totalBytes: 8 * GB, freeBytes: GB };
    expect(machineLine({ ...doctor, devices: [card, ...doctor.devices] }, t)).toBe('RTX with 8 GB, 16 GB of memory');
  });
});

describe('what to do when a model does not fit', () => {
  const settings = { budget: 0, chunk: 0, gpu: 'auto' } as const;
  const actions = (...args: Parameters<typeof memoryLadder>) => memoryLadder(...args).map(({ action }) => action);

  it('goes from what costs least to what costs most, each explained', () => {
    const steps = memoryLadder({ settings, model: local, graphics: true }, t);
    expect(steps.map(({ action }) => ('key' in action ? [action.key, action.value] : action.kind))).toEqual([
      ['cache.budget', 4096],
      ['cache.chunk', 128],
      ['gpu', 'off'],
      'choose',
    ]);
    expect(steps.every(({ label, detail }) => label.length > 5 && detail.length > 20)).toBe(true);
    expect(steps[0]?.detail).toContain('875 MB');
  });

  it('never offers a setting that would be refused', () => {
    // Every step taken in turn ends with the smaller model alone, and no budget is ever below two chunks.
    let current: { budget: number; chunk: number; gpu: 'auto' | 'off' } = { ...settings };
    for (let i = 0; i < 40; i++) {
      const [step] = actions({ settings: current, model: local, graphics: true }, t);
      if (!step || step.kind === 'choose') break;
      if (step.key === 'gpu') current = { ...current, gpu: step.value };
      else if (step.key === 'cache.budget') current = { ...current, budget: step.value };
      else current = { ...current, chunk: step.value };
      expect(current.chunk % 32).toBe(0);
      expect(current.budget % 32).toBe(0);
      if (current.budget) expect(current.budget).toBeGreaterThanOrEqual(2 * (current.chunk || 256));
    }
    expect(actions({ settings: current, model: local, graphics: true }, t)).toEqual([{ kind: 'choose' }]);
    expect(current).toMatchObject({ chunk: 32, gpu: 'off' });
  });

  it('without a card there is no way around it, and an unreadable header is no reason to say nothing', () => {
    const steps = actions({ settings: { ...settings, gpu: 'auto' }, model: undefined, graphics: false }, t);
    expect(steps.map((step) => ('key' in step ? step.key : step.kind))).toEqual(['cache.budget', 'cache.chunk', 'choose']);
  });
});

describe('a model nobody uses', () => {
  let minutes: number;
  let slept: string[];
  let restored: number;
  let finishSleep: (() => void) | undefined;
  const statuses = new Emitter<Status>();
  const client = {
    status: { state: 'noModel', kvBytes: 0, kvBytesFull: 0 } as Status,
    onStatus: statuses.event,
    sleep: (why: string) => {
      slept.push(why);
      return new Promise<void>((resolve) => {
        finishSleep = () => {
          become({ state: 'noModel' });
          resolve();
        };
      });
    },
  };
  const become = (status: Partial<Status>) => {
    client.status = { state: 'ready', kvBytes: 0, kvBytesFull: 0, ...status };
    statuses.fire(client.status);
  };
  const repository = { name: 'acme' } as NonNullable<Status['repository']>;
  let idle: IdleUnload;

  beforeEach(() => {
    vi.useFakeTimers();
    minutes = 10;
    slept = [];
    restored = 0;
    client.status = { state: 'noModel', kvBytes: 0, kvBytesFull: 0 };
    idle = new IdleUnload(
      client,
      () => minutes,
      () => restored++,
      t,
    );
  });
  afterEach(() => {
    idle.dispose();
    vi.useRealTimers();
  });
  const pass = (howMany: number) => vi.advanceTimersByTimeAsync(howMany * 60_000);

  it('is unloaded after as many minutes, and says why', async () => {
    become({});
    await pass(9.9);
    expect(slept).toEqual([]);
    await pass(0.2);
    expect(slept).toEqual([expect.stringContaining('10 minutes')]);
  });

  it('stays while it reads or answers, and whatever is done restarts the wait', async () => {
    become({ state: 'reading' });
    await pass(60);
    become({});
    await pass(9);
    become({ state: 'completing' });
    become({});
    await pass(9);
    expect(slept).toEqual([]);
    await pass(2);
    expect(slept).toHaveLength(1);
  });

  it('stays when the setting says never, from the moment it says so', async () => {
    minutes = 0;
    become({});
    await pass(10_000);
    minutes = 10;
    idle.refresh();
    await pass(5);
    minutes = 0;
    idle.refresh();
    await pass(100);
    expect(slept).toEqual([]);
  });

  it('is not unloaded at once by a number too large for a timer', async () => {
    minutes = 100_000_000;
    become({});
    await pass(1000);
    expect(slept).toEqual([]);
  });

  it('makes an action wait until it is gone, then comes back with its repository, once', async () => {
    become({ repository });
    await pass(11);
    let waited = false;
    const waiting = idle.settled().then(() => (waited = true));
    await pass(0.1);
    expect(waited).toBe(false);
    // A last word of the old process about its repository is no return of it.
    become({ state: 'ready', repository });
    finishSleep?.();
    await waiting;
    expect(restored).toBe(0);
    become({ state: 'loading' });
    become({});
    become({});
    expect(restored).toBe(1);
  });

  it('that had no repository brings none back', async () => {
    become({});
    await pass(11);
    finishSleep?.();
    await idle.settled();
    become({});
    expect(restored).toBe(0);
  });
});
