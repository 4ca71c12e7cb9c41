/** Downloads through a real sidecar from a server that misbehaves in every way we know of. */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { writeGguf } from '../../scripts/lib/gguf.mjs';
import { messages, type DownloadedModel, type DownloadProgress } from '../../src/protocol';
import { failing, plan, start, until, type Client } from './client';
import { ModelServer } from './modelServer';

const partBytes = 5 * 1024 * 1024;

let work: string;
let goal: string;
let server: ModelServer;
let address: string;
let client: Client;
let file: Buffer;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'bonsai-download-'));
  // Real enough for the header check, and several of the downloader's parts long.
  const data = randomBytes(17 * 1024 * 1024);
  const path = join(work, 'source.gguf');
  await writeGguf(path, [['general.architecture', 'string', 'llama']], [{ name: 'a', shape: [32, data.length / 128], data: () => [data] }]);
  file = readFileSync(path);
  server = new ModelServer(file);
  address = await server.start();
  plan.env['MODEL_ENDPOINT'] = `${address}/`;
  client = start();
});
afterAll(async () => {
  await client.stop();
  await server.stop();
  rmSync(work, { recursive: true });
});
beforeEach(() => {
  goal = mkdtempSync(join(work, 'goal-'));
  server.file = file;
});
// Whatever happened, the process lives and nothing half-done looks like a model.
afterEach(() => {
  expect(client.child.exitCode).toBeNull();
  for (const name of readdirSync(goal).filter((each) => each.endsWith('.gguf')))
    expect(readFileSync(join(goal, name)).equals(server.file)).toBe(true);
});

let tokens = 0;
async function download(
  uri: string,
  { cancel, sha256, folder = goal }: { cancel?: CancellationTokenSource; sha256?: string; folder?: string } = {},
  onProgress: (progress: DownloadProgress) => void = () => undefined,
): Promise<DownloadedModel> {
  const progressToken = `d${tokens++}`;
  const listening = client.connection.onProgress(messages.downloadProgress, progressToken, onProgress);
  try {
    const params = { uri, folder, progressToken, ...(sha256 === undefined ? {} : { sha256 }) };
    return await client.connection.sendRequest(messages.downloadModel, params, cancel?.token);
  } finally {
    listening.dispose();
  }
}

describe('a good server', () => {
  it('gives the file, its progress and what could be checked', async () => {
    server.reset({ checksum: true });
    const progress: DownloadProgress[] = [];
    const result = await download(`${address}/good.gguf`, {}, (each) => progress.push(each));
    const from = new URL(address).host;
    expect(result).toEqual({ path: join(goal, 'good.gguf'), bytes: file.length, resumedBytes: 0, verified: 'sha256', from, refused: [] });
    expect(readdirSync(goal)).toEqual(['good.gguf']);
    expect(progress[0]?.phase).toBe('connecting');
    const loading = progress.filter(({ phase }) => phase === 'downloading');
    expect(loading.length).toBeGreaterThan(0);
    for (const each of loading) expect([each.totalBytes, each.bytes <= file.length]).toEqual([file.length, true]);
  });

  it('without a checksum is checked by size and header, and that is said', async () => {
    server.reset({});
    expect((await download(`${address}/plain.gguf`)).verified).toBe('header');
  });

  it('may redirect', async () => {
    server.reset({ redirect: true, checksum: true });
    expect(await download(`${address}/moved.gguf`)).toMatchObject({ path: join(goal, 'moved.gguf'), verified: 'sha256' });
  });

  it('is found by the short name that Hugging Face resolves', async () => {
    server.reset({ checksum: true });
    const { path, verified } = await download('hf:someone/Coder-GGUF:Q8_0');
    expect([path.endsWith('Coder.Q8_0.gguf'), verified]).toEqual([true, 'sha256']);
  });
});

describe('a connection that breaks off', () => {
  it('in the middle of every part, again and again, is taken up where it stopped', async () => {
    server.reset({ checksum: true, breakAfter: 3 * 1024 * 1024, breaks: 6 });
    const result = await download(`${address}/broken.gguf`);
    expect(result.verified).toBe('sha256');
    expect(server.asked.length).toBeGreaterThan(6);
  });

  it('and a download that was stopped goes on where it was, in another process', async () => {
    server.reset({ checksum: true, stallAt: 3 * partBytes + 1024 });
    const cancel = new CancellationTokenSource();
    const stopped = failing(
      download(`${address}/stopped.gguf`, { cancel }, ({ bytes }) => {
        if (bytes > 3 * partBytes) cancel.cancel();
      }),
    );
    expect((await stopped).code).toBeUndefined();
    expect(readdirSync(goal)).toEqual(['.bonsai-download']);
    await client.stop();
    client = start();
    server.reset({ checksum: true });
    const { resumedBytes, verified } = await download(`${address}/stopped.gguf`);
    expect([resumedBytes >= partBytes, verified]).toEqual([true, 'sha256']);
    const again = server.asked.reduce((sum, range) => sum + Number(range.split('-')[1]) - Number(range.split('-')[0]) + 1, 0);
    // The last part counts as a whole one.
    expect(again).toBeLessThan(file.length - resumedBytes + partBytes);
    expect(readdirSync(goal)).toEqual(['stopped.gguf']);
  });

  it('is not patched together from two files when the one on the server changed', async () => {
    server.reset({ stallAt: 3 * partBytes + 1024 });
    const cancel = new CancellationTokenSource();
    await failing(download(`${address}/changed.gguf`, { cancel }, ({ bytes }) => bytes > 3 * partBytes && cancel.cancel()));
    server.file = Buffer.from(file);
    server.file.fill(7, 1024 * 1024);
    server.reset({});
    expect((await download(`${address}/changed.gguf`)).resumedBytes).toBe(0);
  });
});

describe('what is wrong', () => {
  it.each([
    ['other bytes than announced', { checksum: true, wrongByteAt: 16_000_000 }, 'download', 'SHA-256'],
    ['less than announced', { checksum: true, announced: 20_000_000 }, 'download', 'SHA-256'],
    ['an announcement of less than there is', { announced: 14_000_000 }, 'download', 'incomplete'],
    ['no such file', { status: 404 }, 'download', '404'],
    ['a login', { status: 401 }, 'download', 'browser'],
    ['an error', { status: 500 }, 'download', '500'],
    ['an error in the middle', { partStatus: 403 }, 'download', '403'],
    ['neither parts nor a checksum', { ranges: false }, 'download', 'browser'],
  ])('%s: said in plain words, nothing is left that looks like a model', async (_, manners, code, named) => {
    server.reset(manners);
    const failure = await failing(download(`${address}/wrong.gguf`));
    expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(named)]);
    expect(readdirSync(goal).filter((name) => name.endsWith('.gguf'))).toEqual([]);
  });

  it('bytes that differ from the checksum that was asked for, though the server is content', async () => {
    server.reset({});
    const sha256 = createHash('sha256').update('other').digest('hex');
    expect((await failing(download(`${address}/asked.gguf`, { sha256 }))).message).toContain(sha256);
  });

  it('a file that is no GGUF, and one whose name is none', async () => {
    server.file = Buffer.alloc(1000, 'x');
    server.reset({});
    expect((await failing(download(`${address}/text.gguf`))).message).toContain('not a GGUF file');
    expect((await failing(download(`${address}/page.html`))).message).toContain('no GGUF file');
  });

  it('an address that Bonsai does not fetch from', async () => {
    for (const uri of ['file:///etc/passwd', 'http://example.com/a.gguf', 'ftp://x/a.gguf', '/etc/passwd', 'hf:a'])
      expect((await failing(download(uri))).code).toBe('bad-request');
  });

  it('a server that is not there', async () => {
    expect(await failing(download('http://127.0.0.1:9/a.gguf'))).toMatchObject({
      code: 'download',
      message: expect.stringContaining('does not respond') as string,
    });
  });
});

describe('the folder', () => {
  it('that is a file is named', async () => {
    server.reset({});
    const path = join(goal, 'occupied');
    writeFileSync(path, '');
    expect(await failing(download(`${address}/a.gguf`, { folder: path }))).toMatchObject({
      code: 'storage',
      message: expect.stringContaining(path) as string,
    });
  });

  describe('on a small disk', () => {
    const disk = mkdtempSync(join(tmpdir(), 'bonsai-disk-'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300m', 'tmpfs', disk]).status === 0;
    afterAll(() => {
      if (mounted) spawnSync('umount', [disk]);
      rmSync(disk, { recursive: true });
    });

    it.runIf(mounted)('is looked at before anything is written', async () => {
      server.reset({});
      const filler = join(disk, 'filler');
      writeFileSync(filler, Buffer.alloc(50_000_000));
      const failure = await failing(download(`${address}/large.gguf`, { folder: disk }));
      expect([failure.code, failure.message]).toEqual(['storage', expect.stringContaining('Make room')]);
      rmSync(filler);
    });

    it.runIf(mounted)('that fills up meanwhile: said, the process lives, and the next attempt goes on', async () => {
      server.reset({ checksum: true, stallAt: 3 * partBytes + 1024 });
      const failure = failing(
        download(`${address}/full.gguf`, { folder: disk }, ({ bytes }) => {
          if (bytes <= 2 * partBytes || existsSync(join(disk, 'filler'))) return;
          spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=1M', 'count=400']);
          server.reset({ checksum: true });
          server.drop();
        }),
      );
      expect(await failure).toMatchObject({ code: 'storage', message: expect.stringContaining('is full') as string });
      rmSync(join(disk, 'filler'));
      expect(await download(`${address}/full.gguf`, { folder: disk })).toMatchObject({ verified: 'sha256' });
    });
  });

  it('that has a file of this name keeps it', async () => {
    server.reset({});
    writeFileSync(join(goal, 'there.gguf'), file);
    expect((await failing(download(`${address}/there.gguf`))).message).toContain('already exists');
  });

  it('takes one download of a file at a time', async () => {
    server.reset({ stallAfter: 1024 });
    const cancel = new CancellationTokenSource();
    const first = failing(download(`${address}/twice.gguf`, { cancel }));
    expect(await until(() => server.asked.length > 0, 20_000)).toBe(true);
    expect((await failing(download(`${address}/twice.gguf`))).code).toBe('busy');
    cancel.cancel();
    await first;
    expect(existsSync(join(goal, 'twice.gguf'))).toBe(false);
  });
});
