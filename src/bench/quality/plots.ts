/** The pictures of a quality run: who loses least, who still recalls, and where in the stream it is lost. */
import { barPlot, linePlot } from '../plot';
import type { Report } from '../report';
import type { QualityRun } from './result';
import { aboveByPosition, fullKey, summarise } from './summary';

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
  const recalled = rows.filter((row) => !Number.isNaN(row.recall.nats)).map((row) => ({ name: row.key, value: row.recall.nats }));
  if (recalled.length > 0) plots.push(report.plot('recall', recall, barPlot(recall, { name: 'nats per answer token' }, recalled)));
  return plots;
}
