/** The doctor's page says what the machine has, once, and the line that fixes what is missing. */
import { expect, it } from 'vitest';
import { doctorMarkdown } from '../../../../src/extension/commands/doctorReport';
import { untranslated as t } from '../../../../src/extension/util/text';
import type { DoctorReport } from '../../../../src/protocol';

const memory = { freeBytes: 21e9, totalBytes: 24e9 };
const report: DoctorReport = {
  engine: 'bonsai',
  versions: { Node: '22.1.0' },
  backends: ['cpu'],
  devices: [
    { name: 'A card', freeBytes: 7e9, totalBytes: 8e9 },
    { name: 'AMD EPYC', cores: 2, ...memory },
  ],
  memory,
  checks: [{ name: 'git', ok: false, detail: 'not found', fix: 'install git' }],
  recommended: [],
};

it('names each device once', () => {
  const lines = doctorMarkdown(report, t).split('\n');
  expect(lines).toContain('- A card: 7 GB free of 8 GB');
  expect(lines).toContain('- AMD EPYC, 2 cores, 21 GB free');
  expect(lines.filter((line) => line.includes('21 GB'))).toHaveLength(1);
  expect(lines).toContain('  To fix it: `install git`');
});
