/** The parts of the cache as stretches of one bar; whatever is there at all can be seen. Pure geometry. */
import type { ContextPart } from '../../protocol';

export interface Stretch {
  source: ContextPart['source'];
  x: number;
  width: number;
}

/**
 * @param width of the whole bar, any unit
 * @param least width of a part that is not empty; what it takes is taken from the widest
 */
export function stretches(parts: readonly ContextPart[], width: number, least: number): Stretch[] {
  const there = parts.filter(({ tokens }) => tokens > 0);
  const total = there.reduce((sum, { tokens }) => sum + tokens, 0);
  const widths = there.map(({ tokens }) => Math.max(least, (width * tokens) / total));
  const widest = widths.indexOf(Math.max(...widths));
  const over = widths.reduce((sum, one) => sum + one, 0) - width;
  let x = 0;
  return there.map(({ source }, index) => {
    const own = (widths[index] ?? 0) - (index === widest ? over : 0);
    const stretch = { source, x, width: own };
    x += own;
    return stretch;
  });
}
