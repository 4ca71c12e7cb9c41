/** Why a file stands where it stands, in words. */

const units: readonly [Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 365.25 * 86_400],
  ['month', 30.44 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
const words = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/**
 * @param changedAt seconds since 1970; undefined when nobody knows
 * @param now the same
 */
export function changeInWords(changedAt: number | undefined, now: number): string {
  if (changedAt === undefined) return 'not in the history';
  // A clock that was wrong when somebody committed puts changes in the future.
  const age = Math.max(0, now - changedAt);
  const [unit, seconds] = units.find(([, length]) => age >= length) ?? [];
  return unit === undefined || seconds === undefined ? 'changed just now' : `changed ${words.format(-Math.floor(age / seconds), unit)}`;
}

export function dependentsInWords(dependents: number): string {
  return dependents === 0 ? '' : dependents === 1 ? '1 file depends on it' : `${dependents} files depend on it`;
}
