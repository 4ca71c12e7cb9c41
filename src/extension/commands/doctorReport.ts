/** The doctor's report as a page a person can read and paste into a bug report; nothing in it names their code. */
import type { DoctorReport } from '../../protocol';
import { shortBytes } from '../../protocol/numbers';
import type { Translate } from '../util/text';

export function doctorMarkdown(report: DoctorReport, t: Translate): string {
  const { checks, versions, devices, backends, recommended } = report;
  const lines = [`# ${t('Bonsai: this machine')}`, ''];
  for (const check of checks) {
    lines.push(`- ${check.ok ? '✓' : '✗'} **${check.name}**: ${check.detail}`);
    if (check.fix) lines.push(`  ${t('To fix it:')} \`${check.fix}\``);
  }
  lines.push('', `## ${t('Engine')}`, '', `- ${report.engine === 'bonsai' ? t('Bonsai, bounded cache') : t("llama.cpp's own cache")}`);
  lines.push(`- ${t('Backends: {0}', backends.join(', ') || t('none'))}`);
  for (const { name, cores, freeBytes, totalBytes } of devices)
    lines.push(
      cores === undefined
        ? `- ${t('{0}: {1} free of {2}', name, shortBytes(freeBytes), shortBytes(totalBytes))}`
        : `- ${t('{0}, {1} cores, {2} free', name, cores, shortBytes(freeBytes))}`,
    );
  lines.push('', `## ${t('Versions')}`, '', ...Object.entries(versions).map(([name, version]) => `- ${name} ${version}`));
  if (recommended.length > 0) {
    lines.push('', `## ${t('Recommended downloads')}`, '');
    for (const model of recommended) lines.push(`- [${model.name}](${model.url}), ${shortBytes(model.bytes)}: ${model.why}`);
  }
  return `${lines.join('\n')}\n`;
}
