/**
 * Policy: a completion never repeats what already stands after the cursor on its line. Of all ways to cut the repeated
 * end, the longest one that leaves brackets balanced wins; so `f(x)` before `)` stays whole and `x)` becomes `x`.
 */
export function withoutRepeatedEnd(completion: string, lineAfter: string): string {
  const rest = lineAfter.trimEnd();
  if (!rest) return completion;
  const first = completion.split('\n', 1)[0] ?? '';
  let longest: string | undefined;
  for (let length = Math.min(first.length, rest.length); length >= 0; length--) {
    if (!first.endsWith(rest.slice(0, length))) continue;
    const cut = first.slice(0, first.length - length);
    if (balanced(cut)) return cut;
    longest ??= cut;
  }
  return longest ?? first;
}

function balanced(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    if (depth < 0) return false;
  }
  return depth === 0;
}
