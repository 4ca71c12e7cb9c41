/** Policy: a model is offered with what decides: does it fit, what does it do, what would it take. Facts, not praise. */
import type { DoctorReport, LocalModel, ModelSource } from '../../protocol';
import { exactCount, shortBytes } from '../util/numbers';
import type { Translate } from '../util/text';

export type Choice =
  | { kind: 'use'; path: string }
  | { kind: 'download'; name: string; uri: string; url: string; bytes: number }
  | { kind: 'open'; name: string; url: string }
  | { kind: 'demo' }
  | { kind: 'browse' }
  | { kind: 'address' }
  | { kind: 'graphics' };

/** An entry of the picker; without a choice, a heading. */
export interface ModelItem {
  label: string;
  description?: string;
  detail?: string;
  choice?: Choice;
}

export interface PickerFacts {
  /** The path in the settings; '': the demo model. */
  current: string;
  found: readonly LocalModel[];
  doctor: Pick<DoctorReport, 'recommended' | 'backends' | 'devices' | 'memory'> | undefined;
  /** Whether the settings keep the graphics card out. */
  gpuOff: boolean;
}

export function modelItems(facts: PickerFacts, t: Translate): ModelItem[] {
  const items: ModelItem[] = [];
  const group = (label: string, members: ModelItem[]) => {
    if (members.length > 0) items.push({ label }, ...members);
  };
  group(
    t('On this machine'),
    facts.found.toSorted((a, b) => Number(b.fits) - Number(a.fits)).map((model) => localItem(model, facts.current, t)),
  );
  group(
    t('To download: the largest that fit'),
    (facts.doctor?.recommended ?? []).map((model) => downloadItem(model, t)),
  );
  group(t('Other'), otherItems(facts, t));
  return items;
}

/** What this machine computes with, for the title. */
export function machineLine({ devices, memory }: Pick<DoctorReport, 'devices' | 'memory'>, t: Translate): string {
  const cards = devices.slice(0, -1).map((device) => t('{0} with {1}', device.name, shortBytes(device.totalBytes)));
  return [...cards, t('{0} of memory', shortBytes(memory.totalBytes))].join(', ');
}

function localItem(model: LocalModel, current: string, t: Translate): ModelItem {
  const used = model.path === current;
  const abilities = model.fim
    ? model.chat
      ? t('chat and ghost text')
      : t('ghost text')
    : model.chat
      ? t('chat, no ghost text')
      : t('completes text only');
  return {
    label: `$(${used ? 'check' : model.fits ? 'package' : 'warning'}) ${plain(model.name)}`,
    description: [shortBytes(model.bytes), model.quantisation, t('window {0}', exactCount(model.trainedWindow)), abilities]
      .filter(Boolean)
      .join(' · '),
    detail: [
      model.fits
        ? t(
            'Fits: {0} with a KV cache of {1} at {2} entries per layer',
            shortBytes(model.bytes + model.kvBytes),
            shortBytes(model.kvBytes),
            exactCount(model.budget),
          )
        : t('Too large for this machine: {0} with a KV cache of {1}', shortBytes(model.bytes + model.kvBytes), shortBytes(model.kvBytes)),
      sourceName(model.source, t),
      model.path,
    ].join(' · '),
    choice: { kind: 'use', path: model.path },
  };
}

function downloadItem({ name, url, uri, bytes, fim, why }: DoctorReport['recommended'][number], t: Translate): ModelItem {
  return {
    label: `$(cloud-download) ${name}`,
    description: `${shortBytes(bytes)} · ${fim ? t('chat and ghost text') : t('chat, no ghost text')}`,
    detail: why,
    choice: uri === undefined ? { kind: 'open', name, url } : { kind: 'download', name, uri, url, bytes },
  };
}

function otherItems({ current, doctor, gpuOff }: PickerFacts, t: Translate): ModelItem[] {
  const card = doctor?.backends.find((backend) => backend !== 'cpu');
  return [
    ...(gpuOff && card !== undefined
      ? [
          {
            label: `$(circuit-board) ${t('Use the graphics card')}`,
            description: t('{0}; bonsai.gpu keeps it out', card),
            choice: { kind: 'graphics' as const },
          },
        ]
      : []),
    { label: `$(folder-opened) ${t('Choose a GGUF file…')}`, ...(current ? { description: current } : {}), choice: { kind: 'browse' } },
    { label: `$(link) ${t('Download from an address…')}`, choice: { kind: 'address' } },
    {
      label: `$(${current === '' ? 'check' : 'beaker'}) ${t('Use the bundled demo model')}`,
      description: t('6.6M parameters, to see how Bonsai works'),
      choice: { kind: 'demo' },
    },
  ];
}

function sourceName(source: ModelSource, t: Translate): string {
  const names: Record<ModelSource, string> = {
    chosen: t('beside the model in use'),
    models: t('in your models folder'),
    'lm-studio': 'LM Studio',
    'llama.cpp': 'llama.cpp',
    ollama: 'Ollama',
    'hugging-face': 'Hugging Face',
    'node-llama-cpp': 'node-llama-cpp',
  };
  return names[source];
}

/** A name comes from a file: `$(…)` in it must not become an icon. */
function plain(name: string): string {
  return name.replaceAll('$(', '$\u200b(').slice(0, 200);
}
