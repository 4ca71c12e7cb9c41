/** A text as secretlint's rules want it, with the places of its lines. Lines count from 1, columns and indices from 0. */
import { posix } from 'node:path';
import type { SecretLintSourceCode, SecretLintSourceNodeLocation, SecretLintSourceNodePosition } from '@secretlint/types';

export class SecretSource implements SecretLintSourceCode {
  readonly hasBOM = false;
  readonly contentType = 'text';
  /** The rules must not look at the disk: the file there may be another by now, or a pipe. */
  readonly physicalFilePath = undefined;
  readonly ext: string;
  private starts: number[] | undefined;

  constructor(
    readonly filePath: string,
    readonly content: string,
  ) {
    const extension = posix.extname(filePath).toLowerCase();
    // For this one a rule opens the file by its path.
    this.ext = extension === '.p12' ? '' : extension;
  }

  getFilePath(): string {
    return this.filePath;
  }

  getPhysicalFilePath(): undefined {
    return undefined;
  }

  indexToPosition(index: number): SecretLintSourceNodePosition {
    const starts = this.lineStarts();
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= index) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: index - (starts[low] ?? 0) };
  }

  /** A line after the last one starts where the text ends. */
  positionToIndex({ line, column }: SecretLintSourceNodePosition): number {
    return (this.lineStarts()[line - 1] ?? this.content.length) + column;
  }

  locationToRange({ start, end }: SecretLintSourceNodeLocation): [number, number] {
    return [this.positionToIndex(start), this.positionToIndex(end)];
  }

  rangeToLocation([start, end]: readonly [number, number]): SecretLintSourceNodeLocation {
    return { start: this.indexToPosition(start), end: this.indexToPosition(end) };
  }

  private lineStarts(): number[] {
    if (!this.starts) {
      this.starts = [0];
      for (let at = this.content.indexOf('\n'); at >= 0; at = this.content.indexOf('\n', at + 1)) this.starts.push(at + 1);
    }
    return this.starts;
  }
}
