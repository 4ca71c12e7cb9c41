/** When the engine dies, its last lines become one plain sentence that says what to do. First match wins. */
import type { Translate } from '../util/text';

const causes: { pattern: RegExp; advice: (t: Translate) => string }[] = [
  {
    pattern: /out of memory|failed to allocate|bad_alloc|cannot allocate memory|ENOMEM|heap limit/i,
    advice: (t) => t('It ran out of memory. Choose a smaller model or a smaller bonsai.cache.budget.'),
  },
  {
    pattern: /Cannot find (?:module|package) '?node-llama-cpp|NoBinaryFoundError|no prebuilt binar/i,
    advice: (t) => t('The node-llama-cpp package is missing. Reinstall the extension; from a clone, type: npm install'),
  },
  {
    pattern: /Cannot find module .*sidecar\.mjs|ERR_MODULE_NOT_FOUND/i,
    advice: (t) => t('A file of the extension is missing. Reinstall it; from a clone, type: npm run build'),
  },
  {
    pattern: /error while loading shared libraries|cannot open shared object|GLIBC(?:XX)?_|dlopen|symbol lookup error/i,
    advice: (t) => t('A library could not be loaded. Set bonsai.engine to "stock", or run "Bonsai: Doctor" to see what is missing.'),
  },
  {
    pattern: /CUDA error|cudaMalloc|ggml_vulkan|vk::|ggml_metal/i,
    advice: (t) => t('The graphics card failed. Set bonsai.gpu to "off" to run on the processor.'),
  },
  {
    pattern: /illegal instruction|SIGILL/i,
    advice: (t) => t('The processor lacks an instruction the engine needs. Set bonsai.engine to "stock".'),
  },
];

/** @param lines the last lines the process wrote to stderr, oldest first */
export function adviceFrom(lines: readonly string[], signal: string | null, t: Translate): string {
  const text = signal === null ? lines.join('\n') : `${lines.join('\n')}\n${signal}`;
  const found = causes.find(({ pattern }) => pattern.test(text));
  if (found) return found.advice(t);
  const cause = [...lines].reverse().find((line) => /error|assert|abort|fatal/i.test(line));
  return cause ? t('Its last output: {0}', cause.trim().slice(0, 300)) : t('See "Bonsai: Show Log" for its last output.');
}
