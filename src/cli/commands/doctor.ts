/** `bonsai doctor`: what this machine has, what is missing, and the line that fixes it. */
import { shortBytes } from '../../protocol/numbers';
import { messageOf } from '../../protocol/messageOf';
import { measureMachine } from '../../sidecar/models/measureMachine';
import type { CommandContext } from './context';

export async function doctor({ bonsai, output, signal }: CommandContext): Promise<void> {
  output.progress('measuring how quick this machine is, a few seconds');
  await measureMachine('auto', signal).catch((error: unknown) => output.note(`This machine could not be measured: ${messageOf(error)}`));
  const report = await bonsai.doctor();
  output.result(report, () => [
    `engine    ${report.engine}`,
    `backends  ${report.backends.join(', ') || 'none'}`,
    `memory    ${shortBytes(report.memory.totalBytes)}, ${shortBytes(report.memory.freeBytes)} free`,
    ...report.devices.map((device) => `device    ${device.name}, ${shortBytes(device.totalBytes)}, ${shortBytes(device.freeBytes)} free`),
    `versions  ${Object.entries(report.versions)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
    '',
    ...report.checks.flatMap((check) => [
      `${check.ok ? 'ok     ' : 'MISSING'} ${check.name}: ${check.detail}`,
      ...(check.fix ? [`        type: ${check.fix}`] : []),
    ]),
    '',
    'Models for this machine, in place of the demo model:',
    ...report.recommended.flatMap(({ name, bytes, speed, usable, why, url }) => [
      `  ${name} (${shortBytes(bytes)}): reads ${Math.round(speed.reading)}, writes ${Math.round(speed.writing)} tokens/s${usable ? '' : ', slow here'}; ${why}`,
      `    ${url}`,
    ]),
  ]);
}
