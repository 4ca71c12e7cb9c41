// One run of the driver (native/bench/gpu_bench.cpp) beside one libllama, in a process of its own: the loader takes the
// library from LD_LIBRARY_PATH, which is read when a process starts.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { StepError } from './steps.mjs';

/**
 * @param options.bin folder that `buildBench` returned
 * @param options.engine `stock` or `bonsai`
 * @param options.libraries further folders for the loader
 * @param options.arguments the driver's arguments beside --engine
 * @param onEvent called with every event as it comes
 * @returns the events, and `died`: why the driver ended early, after it had measured something
 * @throws {StepError} when it ended before that
 */
export function drive({ bin, engine, libraries, arguments: given }, onEvent) {
  const args = ['--engine', engine, ...Object.entries(given).flatMap(([key, value]) => [`--${key}`, String(value)])];
  const folders = [join(bin, engine), bin, ...libraries, process.env.LD_LIBRARY_PATH].filter(Boolean);
  const child = spawn(join(bin, 'gpu_bench'), args, {
    env: { ...process.env, LD_LIBRARY_PATH: folders.join(':') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = () => child.kill();
  process.once('exit', end);
  const events = [];
  let said = '';
  child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-4000)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line);
    events.push(event);
    onEvent(event);
  });
  return new Promise((done, failed) => {
    child.on('error', (error) => failed(new StepError(`${join(bin, 'gpu_bench')}: ${error.message}`)));
    child.on('close', (code, signal) => {
      process.removeListener('exit', end);
      if (code === 0) return done({ events });
      const died = `the driver beside the ${engine} library ended with ${signal ?? `exit code ${code}`}`;
      if (events.some(({ event }) => event === 'length')) return done({ events, died: `${died}: ${said.trim().split('\n').at(-1)}` });
      failed(new StepError(died, { tail: said.trim() }));
    });
  });
}
