/**
 * Budgets in proportion to weights within floor and cap, before rounding: pour water into vessels as wide as the weights,
 * which stand `floor` full and run over at `cap`, until they hold `total`. Bisection on the level. weights > 0.
 */
export function waterFill(weights: number[], total: number, floor: number, cap: number): number[] {
  const held = (level: number) => weights.map((w) => Math.min(Math.max(level * w, floor), cap));
  let [low, high] = [0, cap / Math.min(...weights)];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (held(middle).reduce((a, b) => a + b, 0) < total) low = middle;
    else high = middle;
  }
  return held(high);
}
