/**
 * Nothing that looks like a key. A model that has seen one gives it back, or makes up another that looks as real.
 * The infill ends before the line that holds it. The patterns are the fixed beginnings that the issuers document; this is
 * no scanner of the repository.
 */
import { linesOf, type Filter } from './around';

const key = new RegExp(
  [
    '-----BEGIN [A-Z ]*PRIVATE KEY',
    '(?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])',
    '(?<![A-Za-z0-9])gh[opsur]_[A-Za-z0-9]{36}',
    '(?<![A-Za-z0-9])github_pat_[A-Za-z0-9_]{22}',
    '(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{20}',
    '(?<![A-Za-z0-9])xox[abposr]-[A-Za-z0-9-]{10}',
    '(?<![A-Za-z0-9])sk-(?:ant-|proj-)?[A-Za-z0-9_-]{32}',
    '(?<![A-Za-z0-9])[rs]k_live_[A-Za-z0-9]{16}',
    '(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}',
    '(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}',
    '(?<![A-Za-z0-9])hf_[A-Za-z0-9]{34}',
    '(?<![A-Za-z0-9])SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}',
    '(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10}',
  ].join('|'),
);

export const looksSecret = (text: string): boolean => key.test(text);

export const withoutSecret: Filter = (text, { lineBefore }) => {
  const lines = linesOf(text);
  // The first line may go on with a key that has been begun before the cursor.
  const at = lines.findIndex((line, i) => key.test(i === 0 ? lineBefore + line : line));
  if (at < 0 || (at === 0 && key.test(lineBefore))) return text;
  return lines.slice(0, at).join('\n');
};
