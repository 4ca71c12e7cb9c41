/** An edit that a model asks for by a tool, as the block that the review reads; what would be more than one block is refused. */

export interface EditAsked {
  path: string;
  /** What is replaced; '' for a new file. */
  oldText: string;
  newText: string;
}

/** Lines that the format of blocks gives a meaning. */
const border = /^\s*(?:<{4,}|={4,}|>{4,})/m;

/** @returns undefined where the texts hold a border of a block, or the path more than a line */
export function editBlock({ path, oldText, newText }: EditAsked): string | undefined {
  if (/[\r\n]/.test(path) || path.trim() === '' || border.test(oldText) || border.test(newText) || border.test(path)) return undefined;
  const lines = (text: string) => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
  return `${path.trim()}\n<<<<<<< SEARCH\n${lines(oldText)}=======\n${lines(newText)}>>>>>>> REPLACE\n`;
}
