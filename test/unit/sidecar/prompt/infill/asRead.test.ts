/** What a cursor's surroundings become before a model sees them: the lines and columns at the cursor must not move. */
import { describe, expect, it } from 'vitest';
import { asRead } from '../../../../../src/sidecar/prompt/infill/asRead';

const blob = 'QUJD'.repeat(400);

describe('the text around a cursor', () => {
  it('has line feeds, whatever ended its lines', () => {
    const params = { prefix: 'a\nb = ', suffix: '\nc\n', recent: [{ path: 'x', startLine: 1, endLine: 2, text: 'd\ne' }] };
    for (const end of ['\r\n', '\r']) {
      const other = (text: string) => text.replaceAll('\n', end);
      const recent = params.recent.map((lines) => ({ ...lines, text: other(lines.text) }));
      expect(asRead({ prefix: other(params.prefix), suffix: other(params.suffix), recent })).toEqual(params);
    }
  });

  it('has markers in place of data, and as many lines', () => {
    const { prefix, suffix } = asRead({ prefix: `a = "${blob}"\nb = `, suffix: `1\nc = "${blob}"\n` });
    expect(prefix).toBe('a = "[1.6 kB of encoded data left out]"\nb = ');
    expect(suffix).toBe('1\nc = "[1.6 kB of encoded data left out]"\n');
  });

  it('keeps the line of the cursor as it is', () => {
    const params = { prefix: `x\na = "${blob}`, suffix: `${blob}" + ` };
    expect(asRead(params)).toEqual(params);
  });
});
