/** The pictures of a quality run: who loses least, who still recalls, and where in the stream it is lost. */
import { barPlot, linePlot, type Line } from '../plot';
import type { Report } from '../report';
import { configKey } from './config';
import type { QualityRun } from './result';
import { aboveByPosition, fullKey, summarise, type Row } from './summary';

/** More lines than this cannot be told apart. */
const mostLines = 8;

/** @returns the Markdown that shows them */
export function qualityPlots(run: QualityRun, report: Report): string[] {
  const rows = summarise(run);
  const bounded = rows.filter(({ key }) => key !== fullKey);
  const full = run.results[fullKey];
  if (bounded.length === 0 || !full) return [];
  const lines = bounded.slice(0, mostLines).flatMap(({ key }) => {
    const result = run.results[key];
    return result ? [{ name: key, points: aboveByPosition(result, full, run.settings.blockTokens) }] : [];
  });
  const loss = 'Loss above the cache that keeps everything';
  const recall = 'Loss on constants planted far back';
  const position = 'Where it is lost';
  const plots = [
    report.plot(
      'loss',
      loss,
      barPlot(
        loss,
        { name: 'nats per token' },
        bounded.map(({ key, above }) => ({ name: key, value: above })),
      ),
    ),
    report.plot('position', position, linePlot(position, { name: 'position (tokens)' }, { name: 'nats per token above full' }, lines)),
  ];
  const budgets = byBudget(run, bounded);
  if (budgets.some((line) => line.points.length > 1)) {
    const title = 'Loss by budget';
    const x = { name: 'KV entries of f16 per layer', logarithmic: true, binary: true };
    plots.push(report.plot('budget', title, linePlot(title, x, { name: 'nats per token above full' }, budgets.slice(0, mostLines))));
  }
  const recalled = rows.filter((row) => !Number.isNaN(row.recall.nats)).map((row) => ({ name: row.key, value: row.recall.nats }));
  if (recalled.length > 0) plots.push(report.plot('recall', recall, barPlot(recall, { name: 'nats per answer token' }, recalled)));
  return plots;
}

/** One line for all budgets of a configuration, best first. */
function byBudget(run: QualityRun, rows: readonly Row[]): Line[] {
  const lines = new Map<string, [number, number][]>();
  for (const { key, above } of rows) {
    const config = run.results[key]?.config;
    if (!config) continue;
    const name = configKey({ ...config, budget: 0 });
    lines.set(name, [...(lines.get(name) ?? []), [config.budget, above]]);
  }
  return [...lines].map(([name, points]) => ({ name, points: points.toSorted(([a], [b]) => a - b) }));
}
