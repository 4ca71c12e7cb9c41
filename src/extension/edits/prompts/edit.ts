/** Policy: the person's words are the task; where it applies is said in lines, and what else may change is said too. */

/** What a request is about, as the model knows it. */
export interface Place {
  /** Path as the repository memory has it. */
  path: string;
  /** From 1, both included. */
  startLine: number;
  endLine: number;
}

export function lines({ startLine, endLine }: Place): string {
  return startLine === endLine ? `line ${startLine}` : `lines ${startLine} to ${endLine}`;
}

export function editPrompt(place: Place, instruction: string): string {
  return `Change ${lines(place)} of ${place.path} as follows, and nothing else unless it must change with them:\n${instruction.trim()}`;
}
