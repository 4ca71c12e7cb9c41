/**
 * A report says what Bonsai runs on and what it last did, in a page the person reads before they send it. Bonsai
 * sends nothing. Settings appear where they differ from the default, paths in them never.
 */
import type { DoctorReport, Status } from '../../protocol';
import { exactCount, shortBytes } from '../../protocol/numbers';
import { redact, type Private } from './redact';

export interface ReportFacts {
  versions: Readonly<Record<string, string>>;
  status: Status;
  /** Absent: the engine could not be asked. */
  doctor: DoctorReport | undefined;
  /** That differ from the default, by key. */
  settings: Readonly<Record<string, unknown>>;
  /** Oldest first. */
  log: readonly string[];
  private: Private;
}

/** In English, since it is written for the people who fix it. */
export function problemReport(facts: ReportFacts): string {
  const { versions, status, doctor, settings, log } = facts;
  const list = (entries: Iterable<[string, unknown]>) => [...entries].map(([name, value]) => `- ${name}: ${printed(value)}`);
  const lines = [
    '# Bonsai: problem report',
    '',
    '<!-- Nothing has been sent. Read this page, copy what you want to share, and say what went wrong. -->',
    '',
    '## What happened',
    '',
    '(What you did, what you expected, what came instead.)',
    '',
    '## Versions',
    '',
    ...list(Object.entries({ ...versions, ...doctor?.versions })),
    '',
    '## Engine and model',
    '',
    ...list(Object.entries(engineFacts(status))),
    '',
    '## Machine',
    '',
    ...(doctor ? machineFacts(doctor) : ['- The engine did not answer.']),
    '',
    '## Settings that differ from the default',
    '',
    ...(Object.keys(settings).length > 0 ? list(Object.entries(settings)) : ['- none']),
    '',
    `## Last ${log.length} lines of the log`,
    '',
    '```text',
    ...log.map((line) => line.replaceAll('```', "'''")),
    '```',
    '',
  ];
  return redact(lines.join('\n'), facts.private);
}

function engineFacts({ state, message, model, repository, kvBytes, kvBytesFull }: Status): Record<string, unknown> {
  return {
    state,
    ...(message === undefined ? {} : { message }),
    ...(model
      ? {
          engine: model.engine,
          model: `${model.architecture}, ${shortBytes(model.bytes)}, ${model.layers} layers, ${model.kvHeads} KV heads, trained window ${exactCount(model.trainedWindow)}`,
          'demo model': model.demo,
          'ghost text': model.fim,
          'chat template': model.chat,
          cache: `${model.policy}, positions ${model.positions}, ${shortBytes(kvBytes)} of ${shortBytes(kvBytesFull)} uncompressed`,
          device: model.device,
          ...(model.notice === undefined ? {} : { notice: model.notice }),
        }
      : {}),
    ...(repository
      ? {
          repository: `${exactCount(repository.files)} files, ${exactCount(repository.tokensRead)} of ${exactCount(repository.tokensTotal)} tokens read, ${exactCount(repository.tokensKept)} kept per layer`,
        }
      : {}),
  };
}

function machineFacts({ devices, memory, backends, checks }: DoctorReport): string[] {
  return [
    ...devices.map(({ name, totalBytes, freeBytes }) => `- ${name}: ${shortBytes(freeBytes)} free of ${shortBytes(totalBytes)}`),
    `- memory: ${shortBytes(memory.freeBytes)} free of ${shortBytes(memory.totalBytes)}`,
    `- backends: ${backends.join(', ') || 'none'}`,
    ...checks.map(({ name, ok, detail }) => `- ${ok ? 'ok' : 'NOT OK'}: ${name}: ${detail}`),
  ];
}

function printed(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
