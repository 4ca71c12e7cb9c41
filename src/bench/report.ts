/** Writes a benchmark's files side by side: the numbers as JSON, a page of Markdown, and its plots. Each file is replaced as a whole. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

export interface Page {
  title: string;
  machine: string;
  model: string;
  commands: readonly string[];
  /** Paragraphs, tables and images, in order. */
  sections: readonly string[];
}

export function markdownPage({ title, machine, model, commands, sections }: Page): string {
  const typed = commands.map((command) => `\`${command}\``).join('\n');
  return [`# ${title}`, `Machine: ${machine}.\nModel: ${model}.`, `Typed:\n\n${typed}`, ...sections].join('\n\n') + '\n';
}

export class Report {
  /** @param name of the files, without ending */
  constructor(
    private readonly folder: string,
    private readonly name: string,
  ) {
    mkdirSync(folder, { recursive: true });
  }

  get jsonFile(): string {
    return join(this.folder, `${this.name}.json`);
  }

  get markdownFile(): string {
    return join(this.folder, `${this.name}.md`);
  }

  json(document: object): void {
    replace(this.jsonFile, `${JSON.stringify(document, null, 1)}\n`);
  }

  markdown(text: string): void {
    replace(this.markdownFile, text);
  }

  /** @returns the Markdown that shows it */
  plot(suffix: string, title: string, svg: string): string {
    const file = `${this.name}-${suffix}.svg`;
    replace(join(this.folder, file), svg);
    return `![${title}](${file})`;
  }
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}
