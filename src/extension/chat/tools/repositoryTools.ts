/** What the model may do with a repository: find source, read lines, list problems, propose an edit, and run a command that the person agreed to. */
import * as z from 'zod/mini';
import type { CancellationToken } from 'vscode-jsonrpc/node';
import { toolDefinition } from '../../../protocol/tools';
import { editBlock, type EditAsked } from './editText';
import type { PreparedCall, Tool } from './tool';

/** What the tools need of the editor and of the sidecar. */
export interface ToolWorld {
  find(query: string, token: CancellationToken): Promise<string>;
  /** @param lines from 1, the last one included */
  read(path: string, lines: { first: number; last: number }, token: CancellationToken): Promise<string>;
  /** Lines, the worst first. @param path undefined: of all files */
  problems(path: string | undefined): readonly string[];
  /** Offers it for review. @param block in the format of the review @returns why it was refused; undefined: it was offered */
  propose(block: string): Promise<string | undefined>;
  run(command: string, token: CancellationToken): Promise<string>;
}

const words = z.string().check(z.maxLength(8000), z.regex(/\S/, 'is empty'));
const path = z.string().check(z.maxLength(4096));
const line = z.int();

export function repositoryTools(world: ToolWorld): Tool[] {
  return [
    tool({
      name: 'find',
      description: 'Finds source in the repository by names or words. Gives exact lines with their file and line numbers.',
      parameters: { query: { type: 'string', description: 'Names or words, as they are written in the code.' } },
      takes: z.object({ query: words }),
      prepare: ({ query }) => ({ run: (token) => world.find(query, token) }),
    }),
    tool({
      name: 'read',
      description: 'Reads lines of a file of the repository.',
      parameters: {
        path: { type: 'string', description: 'Such as src/main.ts.' },
        startLine: { type: 'integer', description: 'First line, from 1.' },
        endLine: { type: 'integer', description: 'Last line.' },
      },
      takes: z.object({ path, startLine: line, endLine: line }),
      prepare: ({ path: asked, startLine, endLine }) => {
        // Small models count from 0, or turn the two around; neither is worth a step.
        const first = Math.max(1, Math.min(startLine, endLine));
        return { run: (token) => world.read(asked, { first, last: Math.max(first, startLine, endLine) }, token) };
      },
    }),
    tool({
      name: 'problems',
      description: 'Lists errors and warnings that the editor shows.',
      parameters: { path: { type: 'string', description: 'A file; empty for all files.' } },
      takes: z.object({ path }),
      prepare: ({ path: asked }) => ({
        run: () => {
          const found = world.problems(asked.trim() === '' ? undefined : asked.trim());
          return Promise.resolve(found.length > 0 ? found.join('\n') : 'There are no problems.');
        },
      }),
    }),
    tool({
      name: 'edit',
      description: 'Proposes to replace a text in a file. The person reviews it; nothing is changed before.',
      parameters: {
        path: { type: 'string', description: 'Such as src/main.ts.' },
        oldText: { type: 'string', description: 'Whole lines exactly as they are in the file; empty for a new file.' },
        newText: { type: 'string', description: 'The lines that take their place.' },
      },
      takes: z.object({ path, oldText: z.string(), newText: z.string() }),
      prepare: (asked) => edit(asked, world),
    }),
    tool({
      name: 'run',
      description: 'Runs a command in a terminal, in the folder of the repository. The person must agree first.',
      parameters: { command: { type: 'string', description: 'One command line.' } },
      takes: z.object({ command: words }),
      prepare: ({ command }) => ({ command, run: (token) => world.run(command, token) }),
      keep: 'end',
    }),
  ];
}

function edit(asked: EditAsked, world: ToolWorld): { refused: string } | PreparedCall {
  const block = editBlock(asked);
  if (block === undefined) return { refused: 'This cannot be proposed: the path is no path, or the text holds lines that mark conflicts.' };
  return {
    run: async () => {
      const refused = await world.propose(block);
      return refused ?? 'The edit was proposed. The person reviews it; the file is not changed yet.';
    },
  };
}

interface Described<T> {
  name: string;
  description: string;
  parameters: z.infer<typeof toolDefinition>['parameters'];
  takes: z.ZodMiniType<T>;
  prepare: (given: T) => { refused: string } | PreparedCall;
  keep?: Tool['keep'];
}

function tool<T>({ takes, prepare, keep = 'start', ...definition }: Described<T>): Tool {
  return {
    definition,
    keep,
    prepare: (given) => {
      const checked = takes.safeParse(given);
      return checked.success ? prepare(checked.data) : { refused: `The arguments are not valid: ${z.prettifyError(checked.error)}` };
    },
  };
}
