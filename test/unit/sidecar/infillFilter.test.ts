/** What is taken off an infill before it is shown. */
import { describe, expect, it } from 'vitest';
import { filterInfill } from '../../../src/sidecar/prompt/infillFilter';

describe('the infill filter', () => {
  it.each([
    ['keeps what is new', 'a + b', ';\n', 'a + b'],
    ['drops what already follows the cursor', 'a + b);', ');\n}', 'a + b'],
    ['drops the longest overlap', 'f(x)\n}', ')\n}\nnext', 'f(x'],
    ['stops where the next line of the file begins again', 'one();\n  return total;\n  two();', '\n  return total;\n}', 'one();'],
    ['keeps a short line that may come twice', 'if (a) {\n  b();\n}\nc();', '\n}\n', 'if (a) {\n  b();\n}\nc();'],
    ['takes nothing but space for nothing', '  \n ', 'x', ''],
    ['leaves nothing when all of it follows already', 'return x', 'return x;', ''],
    ['keeps everything at the end of a file', 'x\n', '', 'x\n'],
  ])('%s', (_, text, suffix, expected) => expect(filterInfill(text, suffix)).toBe(expected));
});
