/** A model is offered with what decides: is it quick enough here, does it fit, what does it do. Facts, not praise. */
import type { DoctorReport, LocalModel, ModelSource, RecommendedModel } from '../../protocol';
import { exactCount, shortBytes, shortCount, shortSeconds } from '../../protocol/numbers';
import type { Translate } from '../util/text';

export type Choice =
  | { kind: 'use'; path: string }
  | { kind: 'download'; model: RecommendedModel }
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
  /** Of the repository that is open, as far as it is known. */
  repositoryTokens?: number | undefined;
}

/** Tokens of a repository of middle size, where that of the open one is not known. */
const usualTokens = 100_000;

export function modelItems(facts: PickerFacts, t: Translate): ModelItem[] {
  const items: ModelItem[] = [];
  const group = (label: string, members: ModelItem[]) => {
    if (members.length > 0) items.push({ label }, ...members);
  };
  group(
    t('On this machine'),
    facts.found.toSorted(byUse).map((model) => localItem(model, facts, t)),
  );
  group(
    t('Recommended downloads'),
    downloads(facts).map((model) => downloadItem(model, facts, t)),
  );
  group(t('Other'), otherItems(facts, t));
  return items;
}

/** The entry to be chosen with Enter: the model in use, else the best that is quick enough here, one already here before a download. */
export function bestChoice({ current, found, doctor }: PickerFacts, items: readonly ModelItem[]): ModelItem | undefined {
  const used = found.find(({ path }) => path === current);
  const here = found.toSorted(byUse).find(({ fits, chat, usable }) => fits && chat && usable !== false);
  const local = used ?? here;
  const offered = downloads({ doctor, found });
  const download = offered.find(({ usable }) => usable) ?? offered[0];
  return items.find(({ choice }) => {
    if (local) return choice?.kind === 'use' && choice.path === local.path;
    return choice?.kind === 'download' && choice.model === download;
  });
}

/** What is recommended and not here yet: the same file is told by its size, which no other model has to the byte. */
function downloads({ doctor, found }: Pick<PickerFacts, 'doctor' | 'found'>): RecommendedModel[] {
  return (doctor?.recommended ?? []).filter(({ bytes }) => !found.some((model) => model.bytes === bytes));
}

/** What fits and is quick enough comes first, then the larger one, which is mostly the more able one. */
function byUse(a: LocalModel, b: LocalModel): number {
  const use = ({ fits, usable }: LocalModel) => (fits ? 2 : 0) + (usable === false ? 0 : 1);
  return use(b) - use(a) || b.bytes - a.bytes;
}

/** How quick it is here, and how long this repository would take. */
function speedLine(
  { speed, usable }: { speed?: { reading: number; writing: number; measured?: boolean } | undefined; usable?: boolean | undefined },
  { repositoryTokens, doctor }: PickerFacts,
  t: Translate,
): string[] {
  if (!speed) return [];
  const card = doctor?.backends.some((backend) => backend !== 'cpu') ?? false;
  const time = shortSeconds((repositoryTokens ?? usualTokens) / speed.reading);
  return [
    ...(usable === false ? [card ? t('slow here') : t('slow here: no graphics card')] : []),
    speed.measured === false
      ? t('reads about {0}, writes about {1} tokens/s (not measured yet)', perSecond(speed.reading), perSecond(speed.writing))
      : t('reads {0}, writes {1} tokens/s', perSecond(speed.reading), perSecond(speed.writing)),
    repositoryTokens === undefined ? t('100,000 tokens in {0}', time) : t('this repository in {0}', time),
  ];
}

function perSecond(tokens: number): string {
  return tokens < 10 ? tokens.toFixed(1).replace(/\.0$/, '') : shortCount(tokens);
}

/** What this machine computes with, for the title. */
export function machineLine({ devices, memory }: Pick<DoctorReport, 'devices' | 'memory'>, t: Translate): string {
  const cards = devices.slice(0, -1).map((device) => t('{0} with {1}', device.name, shortBytes(device.totalBytes)));
  return [...cards, t('{0} of memory', shortBytes(memory.totalBytes))].join(', ');
}

function localItem(model: LocalModel, facts: PickerFacts, t: Translate): ModelItem {
  const used = model.path === facts.current;
  const abilities = model.fim
    ? model.chat
      ? t('chat and ghost text')
      : t('ghost text')
    : model.chat
      ? t('chat, no ghost text')
      : t('text completion only');
  return {
    label: `$(${used ? 'check' : model.fits ? 'package' : 'warning'}) ${plain(model.name)}`,
    description: [shortBytes(model.bytes), model.quantisation, t('window {0}', exactCount(model.trainedWindow)), abilities]
      .filter(Boolean)
      .join(' · '),
    detail: [
      ...speedLine(model, facts, t),
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

function downloadItem(model: RecommendedModel, facts: PickerFacts, t: Translate): ModelItem {
  const { name, bytes, fim, why, window, kvBytes, license } = model;
  return {
    label: `$(cloud-download) ${name}`,
    description: [shortBytes(bytes), t('window {0}', exactCount(window)), fim ? t('chat and ghost text') : t('chat, no ghost text')].join(
      ' · ',
    ),
    detail: [...speedLine(model, facts, t), t('KV cache {0}', shortBytes(kvBytes)), license, why].join(' · '),
    choice: { kind: 'download', model },
  };
}

function otherItems({ current, doctor, gpuOff }: PickerFacts, t: Translate): ModelItem[] {
  const card = doctor?.backends.find((backend) => backend !== 'cpu');
  return [
    ...(gpuOff && card !== undefined
      ? [
          {
            label: `$(circuit-board) ${t('Use the graphics card')}`,
            description: t('{0}; turned off by bonsai.gpu', card),
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
    chosen: t('next to the current model'),
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
