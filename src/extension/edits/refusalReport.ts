/** The whole report: what was refused and why, and what the model wrote, as it wrote it. */
import type { Translate } from '../util/text';
import { sentence, type Refusal } from './refusals';

/** One line for a message: `src/a.ts: The file is read-only.` */
export function refusalLine({ path, code }: Refusal, t: Translate): string {
  return path === '' ? sentence(code, t) : `${shown(path)}: ${sentence(code, t)}`;
}

/** A markdown document. The answer stands in a fence that nothing in it can close. */
export function refusalReport(refusals: readonly Refusal[], answer: string, t: Translate): string {
  const longest = [...answer.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  const list = refusals.map((refusal) => `- ${refusalLine(refusal, t).replace(/[\\`*_[\]<>#]/g, '\\$&')}`);
  const head = refusals.length > 0 ? [`# ${t('Refused changes')}`, '', ...list, ''] : [];
  return [...head, `# ${t('What the model wrote')}`, '', fence, answer.replace(/\n$/, ''), fence, ''].join('\n');
}

/** A path the model wrote, made harmless to show: no control or direction signs, no line of its own length. */
function shown(path: string): string {
  return path.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '�').slice(0, 120);
}
