/**
 * `bonsai bench memory`: bytes of the cache and of the whole process by length. llama.cpp's own cache is allocated for
 * the length, so each length is a process of its own; the bounded cache is the same for all, and one process reads them.
 */
import { exactCount } from '../../protocol/numbers';
import { resolveSettings } from '../../sidecar/engine/cachePlan';
import { commandLine, machineName } from '../machine';
import { linePlot } from '../plot';
import { markdownPage, markdownTable, Report } from '../report';
import { runProbe } from './child';
import type { ProbeAnswer } from './probeMessages';
import { add, doubling, pointAt, points, type Series } from './result';
import { baseRequest, stockCacheOptions, type SpeedOptions } from './speed';

const shortest = 1024;
const mega = 1_000_000;

export async function memory(options: Omit<SpeedOptions, 'decode' | 'repeats'>): Promise<void> {
  const { output, signal, max, stockMax, cache } = options;
  const base = baseRequest({ ...options, decode: 0 });
  const series = new Map<string, Series>();
  output.progress(`bonsai, ${exactCount(max)} tokens`);
  let last: ProbeAnswer = await runProbe({ ...base, engine: 'bonsai', lengths: doubling(shortest, max) }, signal);
  add(series, 'bonsai', last);
  for (const length of doubling(shortest, stockMax)) {
    output.progress(`stock, ${exactCount(length)} tokens`);
    last = await runProbe({ ...base, engine: 'stock', cache: stockCacheOptions(cache), lengths: [length] }, signal);
    add(series, 'stock', last);
  }
  const report = new Report(options.out, options.name);
  const machine = machineName(last.device);
  const commands = [commandLine()];
  const title = 'Memory by length';
  const curve = (name: string, of: string, pick: (point: ReturnType<typeof points>[number]) => number) => {
    const one = series.get(of);
    return { name, points: one ? points(one).map((point) => [point.tokens, pick(point) / mega] as const) : [] };
  };
  const plot = report.plot(
    'bytes',
    title,
    linePlot(title, { name: 'length (tokens)', logarithmic: true, binary: true }, { name: 'MB', logarithmic: true }, [
      curve('bonsai, cache', 'bonsai', (point) => point.kvBytes),
      curve('stock, cache', 'stock', (point) => point.kvBytes),
      curve('bonsai, process', 'bonsai', (point) => point.rss),
      curve('stock, process', 'stock', (point) => point.rss),
    ]),
  );
  const shown = (bytes: number | undefined) => (bytes === undefined ? '' : (bytes / mega).toFixed(1));
  const table = markdownTable(
    ['tokens', 'KV MB bonsai', 'stock', 'process MB bonsai', 'stock'],
    doubling(shortest, Math.max(max, stockMax)).map((length) => {
      const [own, other] = [pointAt(series.get('bonsai'), length), pointAt(series.get('stock'), length)];
      return [exactCount(length), shown(own?.kvBytes), shown(other?.kvBytes), shown(own?.rss), shown(other?.rss)];
    }),
  );
  const about =
    `Policy ${resolveSettings(cache).policy}, budget ${exactCount(cache.budget)}, one sequence. KV: as allocated for this length. ` +
    'Process: resident set of the whole process after reading, the model and the text itself included.';
  report.json({ machine, device: last.device, model: last.model, commands, series: [...series.values()] });
  report.markdown(markdownPage({ title, machine, model: last.model, commands, sections: [about, table, plot] }));
  output.result(
    {
      json: report.jsonFile,
      markdown: report.markdownFile,
      series: [...series.values()].map((one) => ({ name: one.name, points: points(one) })),
    },
    () => [about, '', table, ''].join('\n'),
  );
}
