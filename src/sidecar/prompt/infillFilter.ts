/**
 * What is left of a model's infill before it is shown: text that already stands behind the cursor is not offered
 * again, and an infill of nothing but space is none.
 */

/** Characters; a shorter line, such as a closing brace, may rightly come twice. */
const shortestRepeatedLine = 4;

export function filterInfill(text: string, suffix: string): string {
  const kept = trimOverlap(beforeRepeatedLine(text, suffix), suffix);
  return kept.trim() === '' ? '' : kept;
}

/** Cuts where the infill comes to the next line of the file and goes on writing it again. */
function beforeRepeatedLine(text: string, suffix: string): string {
  const next = suffix
    .split('\n')
    .slice(1)
    .find((line) => line.trim() !== '')
    ?.trim();
  if (next === undefined || next.length < shortestRepeatedLine) return text;
  const lines = text.split('\n');
  const repeated = lines.findIndex((line, i) => i > 0 && line.trim() === next);
  return repeated < 0 ? text : lines.slice(0, repeated).join('\n');
}

/** Drops the longest end of the infill that the suffix begins with. */
function trimOverlap(text: string, suffix: string): string {
  for (let length = Math.min(text.length, suffix.length); length > 0; length--)
    if (text.endsWith(suffix.slice(0, length))) return text.slice(0, text.length - length);
  return text;
}
