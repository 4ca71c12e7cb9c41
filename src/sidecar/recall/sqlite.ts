/**
 * SQLite as WebAssembly, loaded when it is first needed and once per process; databases live in memory alone.
 *
 * The pinned release is the newest for Node 20, and was published without its file for Node (sqlite/sqlite-wasm#118). The
 * one for browsers runs here as well, but fetches the binary from where it lies itself, and Node fetches no files. So it is
 * told another address: that of the bytes, which are in this process already.
 */
import type init from '@sqlite.org/sqlite-wasm';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../protocol/messageOf';
import { distFolder } from '../bundleRoot';
import { BonsaiError } from '../errors';

type Sqlite = Awaited<ReturnType<typeof init>>;
export type Database = InstanceType<Sqlite['oo1']['DB']>;
export type Statement = ReturnType<Database['prepare']>;

let loading: Promise<Sqlite> | undefined;

/** An empty database, which the caller closes. @throws BonsaiError `engine-failed` when SQLite's file cannot be loaded */
export async function openDatabase(): Promise<Database> {
  loading ??= load();
  try {
    const sqlite = await loading;
    const database = new sqlite.oo1.DB(':memory:');
    // One transaction without end: nothing here is shared or taken back, and the full-text index is written in larger pieces.
    database.exec('PRAGMA journal_mode = OFF; BEGIN');
    return database;
  } catch (error) {
    const why = messageOf(error);
    throw new BonsaiError('engine-failed', `The search index cannot be loaded: ${why}. Reinstall Bonsai.`, { cause: error });
  }
}

async function load(): Promise<Sqlite> {
  const bytes = await readFile(join(distFolder, 'sqlite3.wasm'));
  const { default: start } = await import('../../../node_modules/@sqlite.org/sqlite-wasm/sqlite-wasm/jswasm/sqlite3.mjs');
  const address = URL.createObjectURL(new Blob([bytes], { type: 'application/wasm' }));
  try {
    const starting: unknown = Reflect.get(globalThis, 'sqlite3InitModuleState');
    if (typeof starting === 'object' && starting !== null) Reflect.set(starting, 'wasmFilename', address);
    // It would complain that it cannot keep files for a web page.
    Reflect.set(globalThis, 'sqlite3ApiConfig', { warn: () => undefined });
    return await start();
  } finally {
    URL.revokeObjectURL(address);
  }
}
