/**
 * The text around a cursor as files are read: line feeds, and markers in place of embedded data. The cursor's line keeps
 * what is on it, for the columns behind the cursor are counted there; no line comes or goes.
 */
import type { CompleteParams } from '../../../protocol';
import { withoutEmbeddedData } from '../../../repo/text/embeddedData';
import { withLineFeeds } from '../../../repo/text/lineEnds';

export function asRead<P extends Pick<CompleteParams, 'prefix' | 'suffix' | 'recent'>>(params: P): P {
  const prefix = withLineFeeds(params.prefix);
  const suffix = withLineFeeds(params.suffix);
  const lineStart = prefix.lastIndexOf('\n') + 1;
  const lineEnd = suffix.includes('\n') ? suffix.indexOf('\n') : suffix.length;
  return {
    ...params,
    prefix: withoutEmbeddedData(prefix.slice(0, lineStart)) + prefix.slice(lineStart),
    suffix: suffix.slice(0, lineEnd) + withoutEmbeddedData(suffix.slice(lineEnd)),
    ...(params.recent ? { recent: params.recent.map((lines) => ({ ...lines, text: withLineFeeds(lines.text) })) } : {}),
  };
}
