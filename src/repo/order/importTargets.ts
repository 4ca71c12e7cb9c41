/**
 * Which listed files the imports of a file mean. What cannot be known without the build (aliases, include paths,
 * crates) is judged by the end of the path; where several files fit, by nearness. An import that means a whole package
 * names no single file.
 */
import { posix } from 'node:path';
import type { FileCode } from '../code/types';
import type { PathIndex } from './pathIndex';

export interface ImportTargets {
  /** Files that were imported by name. */
  files: ReadonlySet<number>;
  /** Files of imported packages. */
  packaged: ReadonlySet<number>;
}

type Resolve = (
  spec: string,
  from: string,
  index: PathIndex,
  code: FileCode,
) => { files?: (number | undefined)[]; packaged?: Iterable<number> };

const resolvers: Readonly<Record<string, Resolve>> = {
  TypeScript: script,
  JavaScript: script,
  Python: python,
  Go: go,
  Rust: rust,
  Java: java,
  'C/C++': included,
  Ruby: ruby,
  PHP: php,
};

export function importTargets(path: string, code: FileCode, index: PathIndex): ImportTargets {
  const files = new Set<number>();
  const packaged = new Set<number>();
  const resolve = resolvers[code.language];
  if (resolve) {
    for (const spec of code.imports) {
      const found = resolve(spec, path, index, code);
      for (const file of found.files ?? []) if (file !== undefined) files.add(file);
      for (const file of found.packaged ?? []) packaged.add(file);
    }
  }
  return { files, packaged };
}

const scriptEndings = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.d.ts', '.vue', '.svelte'];

function script(spec: string, from: string, index: PathIndex): ReturnType<Resolve> {
  // `$lib/a`, `@/a`, `~/a`, `#a`: aliases that a build resolves, mostly by putting a folder in front.
  const [, alias] = /^(?:[@~]\/|[$#~])(.+\/.+)$/.exec(spec) ?? [];
  if (alias === undefined && !spec.startsWith('.')) return {};
  const path = alias ?? posix.join(posix.dirname(from), spec);
  // A TypeScript file is imported as the JavaScript that it will be.
  const stems = [path, path.replace(/\.[cm]?jsx?$/, '')];
  const tries = [
    path,
    ...stems.flatMap((stem) => scriptEndings.map((ending) => stem + ending)),
    ...scriptEndings.map((ending) => `${path}/index${ending}`),
  ];
  return { files: [first(tries, (each) => (alias === undefined ? index.at(each) : index.endingIn(each, from)))] };
}

function python(spec: string, from: string, index: PathIndex, code: FileCode): ReturnType<Resolve> {
  const [, dots = '', name = ''] = /^(\.*)(.*)$/.exec(spec) ?? [];
  const relative = dots !== '';
  const module = posix.join(relative ? posix.join(posix.dirname(from), '../'.repeat(dots.length - 1)) : '', ...name.split('.'));
  const find = (path: string) => (relative ? index.at(posix.join(path)) : index.endingIn(path, from));
  const start = find(`${module}/__init__.py`);
  const file = start ?? find(`${module}.py`);
  const folder = relative ? posix.join(module, '.') : start === undefined ? undefined : index.folderOf(start);
  return { files: [file, ...(folder === undefined ? [] : submodules(folder.replace(/\/$/, ''), index, code))] };
}

/** `from package import module`: the module is among the names that are used. */
function submodules(folder: string, index: PathIndex, code: FileCode): number[] {
  const used = new Set(code.references.map(([name]) => `${name}.py`));
  return [...index.filesIn(folder)].filter((file) => used.has(index.nameOf(file)));
}

function go(spec: string, _from: string, index: PathIndex): ReturnType<Resolve> {
  const folder = spec.includes('/') ? index.folderEnding(spec) : undefined;
  return folder === undefined ? {} : { packaged: index.filesIn(folder) };
}

function rust(spec: string, from: string, index: PathIndex): ReturnType<Resolve> {
  const [plain = ''] = spec.split(/[{*]| as /);
  const steps = plain.split('::').filter((step) => step !== '' && !['crate', 'self', 'super'].includes(step));
  if (['std', 'core', 'alloc'].includes(steps[0] ?? '')) return {};
  const ends = steps.map((_, dropped) => steps.slice(0, steps.length - dropped).join('/'));
  return {
    files: [
      first(
        ends.flatMap((end) => [`${end}.rs`, `${end}/mod.rs`]),
        (end) => index.endingIn(end, from),
      ),
    ],
  };
}

function java(spec: string, from: string, index: PathIndex): ReturnType<Resolve> {
  const steps = spec.split('.');
  const file =
    index.endingIn(`${steps.join('/')}.java`, from) ??
    (steps.length > 1 ? index.endingIn(`${steps.slice(0, -1).join('/')}.java`, from) : undefined);
  if (file !== undefined) return { files: [file] };
  const folder = index.folderEnding(steps.join('/'));
  return folder === undefined ? {} : { packaged: index.filesIn(folder) };
}

function included(spec: string, from: string, index: PathIndex): ReturnType<Resolve> {
  const path = spec.replace(/^<|>$/g, '');
  return { files: [index.at(posix.join(posix.dirname(from), path)) ?? index.endingIn(path, from)] };
}

function ruby(spec: string, from: string, index: PathIndex): ReturnType<Resolve> {
  const path = spec.endsWith('.rb') ? spec : `${spec}.rb`;
  return { files: [index.at(posix.join(posix.dirname(from), path)) ?? index.endingIn(path, from)] };
}

function php(spec: string, from: string, index: PathIndex): ReturnType<Resolve> {
  if (/\.\w+$/.test(spec)) return included(spec, from, index);
  const steps = spec.split('\\').filter((step) => step !== '');
  // The first names of a namespace are often no folder.
  const ends = steps.map((_, dropped) => `${steps.slice(dropped).join('/')}.php`);
  return { files: [first(ends, (end) => index.endingIn(end, from))] };
}

function first<T, R>(candidates: readonly T[], find: (candidate: T) => R | undefined): R | undefined {
  for (const candidate of candidates) {
    const found = find(candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}
