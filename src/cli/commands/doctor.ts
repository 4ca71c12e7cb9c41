/** `bonsai doctor`: what this machine has, what is missing, and the line that mends it. */
import { formatBytes } from '../format';
import type { CommandContext } from './context';

export async function doctor({ bonsai, output }: CommandContext): Promise<void> {
  const report = await bonsai.doctor();
  output.result(report, () => [
    `engine    ${report.engine}`,
    `backends  ${report.backends.join(', ') || 'none'}`,
    `memory    ${formatBytes(report.memory.totalBytes)}, ${formatBytes(report.memory.freeBytes)} free`,
    ...report.devices.map((device) => `device    ${device.name}, ${formatBytes(device.totalBytes)}, ${formatBytes(device.freeBytes)} free`),
    `versions  ${Object.entries(report.versions)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
    '',
    ...report.checks.flatMap((check) => [
      `${check.ok ? 'ok     ' : 'MISSING'} ${check.name}: ${check.detail}`,
      ...(check.mend ? [`        type: ${check.mend}`] : []),
    ]),
    '',
    'Models for this machine, in place of the demo model:',
    ...report.recommended.map((model) => `  ${model.name} (about ${formatBytes(model.bytes)}): ${model.why}\n    ${model.url}`),
  ]);
}
