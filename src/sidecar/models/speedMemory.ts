/** What machines were measured to do, in one small file in the user's cache folder. It only saves time: a damaged one is measured again. */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileSync } from 'atomically';
import * as z from 'zod/mini';
import { messageOf } from '../../protocol/messageOf';
import { cacheFolder } from '../../protocol/userFolders';
import { log } from '../engine/llama';
import type { MachineSpeed } from './tokenSpeed';

const positive = z.number().check(z.positive());
const format = z.object({
  version: z.literal(1),
  machines: z.record(
    z.string(),
    z.object({ speed: z.object({ multiplications: positive, bytes: positive }), busyAt: z.optional(positive) }),
  ),
});

export interface RememberedSpeed {
  speed: MachineSpeed;
  /** When it was measured, in milliseconds since 1970, if the machine was busy then. */
  busyAt?: number | undefined;
}

export function defaultSpeedFile(): string {
  return join(cacheFolder(), 'speed.json');
}

export function recallSpeed(file: string, machine: string): RememberedSpeed | undefined {
  return read(file)[machine];
}

export function rememberSpeed(file: string, machine: string, speed: MachineSpeed, busyAt?: number): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const machines = { ...read(file), [machine]: { speed, ...(busyAt === undefined ? {} : { busyAt }) } };
    writeFileSync(file, `${JSON.stringify({ version: 1, machines } satisfies z.infer<typeof format>)}\n`, { mode: 0o600 });
  } catch (error) {
    log(`The speed of this machine could not be remembered in ${file}: ${messageOf(error)}.`);
  }
}

function read(file: string): Record<string, RememberedSpeed> {
  try {
    return format.parse(JSON.parse(readFileSync(file, 'utf8'))).machines;
  } catch {
    return {};
  }
}
