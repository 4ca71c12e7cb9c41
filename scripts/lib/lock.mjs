// One installer at a time: a folder that only one process can create, naming its owner. A lock whose owner is gone is
// taken over, so a killed installation blocks nobody.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { alive } from './processes.mjs';

/** Milliseconds in which a fresh lock may still lack its owner file. */
const grace = 2000;

function abandoned(lock) {
  try {
    return !alive(Number(readFileSync(join(lock, 'pid'), 'utf8')));
  } catch {
    try {
      return Date.now() - statSync(lock).mtimeMs > grace;
    } catch {
      return false;
    }
  }
}

/** Runs `work` while holding the lock folder `lock`; waits for a living owner without limit. */
export async function withLock(lock, work) {
  mkdirSync(dirname(lock), { recursive: true });
  for (let told = false; ;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (abandoned(lock)) {
        rmSync(lock, { recursive: true, force: true });
        continue;
      }
      if (!told) process.stdout.write('(another run is at it, waiting) ');
      told = true;
      await new Promise((next) => setTimeout(next, 500));
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
