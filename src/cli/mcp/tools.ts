/** The tools that a client may call: each is a schema of what it takes and gives, and what is done. None of them changes anything. */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod/mini';
import { schemas, type Answer, type Status } from '../../protocol';
import { counted, exactCount, shortBytes } from '../../protocol/numbers';
import { skippedByReason } from '../../protocol/skippedByReason';
import { citedPlaces, type CitedPlace } from './citedPlaces';
import type { Engine } from './engine';
import { findSource, placeLine, readBounds, readLines } from '../../sidecar/files/fileTools';
import type { RepositoryFiles } from '../../sidecar/files/repositoryFiles';
import { memoryStates, overviewLines, overviewOf } from './overview';
import { progressOf, type Progress } from './progress';

export interface Repository {
  files: RepositoryFiles;
  engine: Engine;
  /** Absolute. */
  folders: readonly string[];
}

/** Characters of a question. */
const longestQuestion = 8000;
const usualAnswer = 512;
/** Characters of one result: what a client shows to its model of it without cutting. */
const room = { whole: 48_000, excerpt: 4000 };
const { usualLines, mostLines } = readBounds;

const line = z.int().check(z.gte(1));
const annotations = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

export function addTools(server: McpServer, repository: Repository): void {
  addAsk(server, repository);
  addFind(server, repository);
  addRead(server, repository);
  addOverview(server, repository);
  addStatus(server, repository);
}

function addAsk(server: McpServer, { files, engine }: Repository): void {
  const place = z.object({ path: z.string(), startLine: line, endLine: line });
  server.registerTool(
    'ask',
    {
      title: 'Ask the repository',
      description:
        'Asks the local model that has this whole repository in its memory. Use it to find out where something is and how parts work together; ask few, complete questions that name the symbols and files they are about. It is slow, and the memory is compressed: check values with find or read.',
      annotations,
      inputSchema: z.strictObject({
        question: z
          .string()
          .check(
            z.minLength(1),
            z.maxLength(longestQuestion),
            z.regex(/\S/, 'the question is empty'),
            z.describe('One complete question, in plain words.'),
          ),
        maxTokens: z.optional(
          z.int().check(z.gte(16), z.lte(2048), z.describe(`Tokens of the answer at most; ${usualAnswer} when left out.`)),
        ),
      }),
      outputSchema: z.object({
        answer: z.string(),
        stop: schemas.answer.shape.stop,
        citations: z.array(z.extend(place, { text: z.string(), state: z.enum(['checked', 'changed', 'missing']) })),
        sources: z.array(z.extend(place, { why: z.string() })),
        changed: z.array(z.string()).check(z.describe('Files that changed on disk and were not read again before the answer.')),
        readShare: z.number().check(z.describe('Share [0, 1] of the repository that is in memory.')),
        model: z.object({ name: z.string(), demo: z.boolean() }),
        generatedTokens: z.int(),
        seconds: z.number(),
        notes: z.array(z.string()),
      }),
    },
    async ({ question, maxTokens = usualAnswer }, extra) => {
      const progress: Progress = progressOf(extra, maxTokens);
      const answer = await engine.ask({ question, maxTokens }, progress.tell, extra.signal);
      const [{ known }, { model, repository }] = await Promise.all([files.look(), engine.status()]);
      const citations = citedPlaces(answer.text, known, new Set(answer.behind));
      const readShare = repository ? Math.min(1, repository.tokensRead / Math.max(1, repository.tokensTotal)) : 0;
      const notes = notesOn(answer, citations, readShare, model);
      const sources = answer.recalled.map(({ path, startLine, endLine, why }) => ({ path, startLine, endLine, why }));
      return {
        content: [
          text(answer.text.trim() || 'The model gave no answer.'),
          ...(citations.length > 0
            ? [text(`Places it names, looked up on disk:\n${citations.map((each) => `- ${each.text}: ${each.state}`).join('\n')}`)]
            : []),
          ...(sources.length > 0 ? [text(`Exact source that was before the model:\n${sources.map(placeLine).join('\n')}`)] : []),
          text(notes.join('\n')),
        ],
        structuredContent: {
          ...{ answer: answer.text, stop: answer.stop, citations, sources, changed: answer.behind, readShare },
          ...{ model: { name: model?.name ?? '', demo: model?.demo ?? false }, notes },
          ...{ generatedTokens: answer.generatedTokens, seconds: answer.seconds },
        },
      };
    },
  );
}

function notesOn(answer: Answer, citations: readonly CitedPlace[], readShare: number, model: Status['model']): string[] {
  const missing = citations.filter(({ state }) => state === 'missing');
  return [
    ...(model?.demo
      ? ['This is the demonstration model, whose answers are nonsense. Start the server with another one: --model <file.gguf>.']
      : []),
    ...(answer.stop === 'maxTokens' ? ['The answer was cut at its token limit.'] : []),
    ...(answer.stop === 'repeating' ? ['The answer repeated itself and was stopped: it may be incomplete.'] : []),
    ...(readShare < 1 ? [`Only ${Math.floor(100 * readShare)} % of the repository is in memory.`] : []),
    ...(missing.length > 0 ? [`Not in the repository, though the answer names them: ${missing.map(({ text }) => text).join(', ')}.`] : []),
    ...(answer.behind.length > 0 ? [`Changed on disk since they were read: ${answer.behind.join(', ')}.`] : []),
    'The answer comes from a compressed memory of the repository: check what matters with find or read.',
  ];
}

function addFind(server: McpServer, { files }: Repository): void {
  server.registerTool(
    'find',
    {
      title: 'Find source',
      description:
        'Finds the lines of the repository that fit some words, a name or a question: definitions first, then files that are named, then text that mentions the rarest words. Gives exact source with its place. Needs no model.',
      annotations,
      inputSchema: z.strictObject({
        query: z
          .string()
          .check(
            z.minLength(1),
            z.maxLength(longestQuestion),
            z.regex(/\S/, 'the query is empty'),
            z.describe('Names, words, "a phrase", a path, or a question.'),
          ),
        symbols: z.optional(
          z.boolean().check(z.describe('Only definitions whose names have the letters of the query, in this order; false when left out.')),
        ),
        limit: z.optional(z.int().check(z.gte(1), z.lte(48), z.describe('Places at most; 10 when left out.'))),
      }),
      outputSchema: z.object({
        found: z.array(
          z.object({
            ...{ path: z.string(), startLine: line, endLine: line, text: z.string() },
            why: z.string().check(z.describe('Why it was chosen, such as "defines parseManifest".')),
            score: z.number().check(z.describe('0 to 100; comparable within one search.')),
          }),
        ),
        indexedFiles: z.int().check(z.describe('Files that were searched.')),
        files: z.int(),
      }),
    },
    async ({ query, symbols, limit }) => {
      const { text: shown, ...structuredContent } = await findSource(files, { query, symbols, limit }, room);
      return { content: [text(shown)], structuredContent };
    },
  );
}

function addRead(server: McpServer, { files }: Repository): void {
  server.registerTool(
    'read',
    {
      title: 'Read lines of a file',
      description:
        'Reads exact lines of one file of the repository, as they are on disk now. Long files come in parts: nextLine says where to go on. Files that are ignored or hold secrets are not read. Needs no model.',
      annotations,
      inputSchema: z.strictObject({
        path: z
          .string()
          .check(z.minLength(1), z.maxLength(4096), z.describe('Relative to the folder, with forward slashes, such as src/main.ts.')),
        startLine: z.optional(line.check(z.describe('First line, from 1; 1 when left out.'))),
        endLine: z.optional(line.check(z.describe(`Last line, included; ${usualLines} lines when left out, ${mostLines} at most.`))),
      }),
      outputSchema: z.object({
        ...{ path: z.string(), startLine: line, endLine: line, totalLines: z.int() },
        text: z.string().check(z.describe('The lines, without numbers.')),
        nextLine: z.optional(line.check(z.describe('The line to go on from; absent: this is the end.'))),
        shortened: z.boolean().check(z.describe('Markers stand for data that is embedded in the file.')),
      }),
    },
    async ({ path: asked, startLine, endLine }) => {
      const { text: shown, lines, nextLine, ...rest } = await readLines(files, { path: asked, startLine, endLine }, room);
      return {
        content: [text(shown)],
        structuredContent: { ...rest, text: lines.join('\n'), ...(nextLine === undefined ? {} : { nextLine }) },
      };
    },
  );
}

function addOverview(server: McpServer, { files, engine }: Repository): void {
  const states = z.object(Object.fromEntries(memoryStates.map((state) => [state, z.optional(z.int())])));
  server.registerTool(
    'overview',
    {
      title: 'Overview of the repository',
      description:
        "The tree of the repository's files with what the model's memory has of them: held, thinned (a part of its tokens), recallable (from the archive, without reading), gone, unread, and how many changed since they were read. Needs no model; without one the states are unknown.",
      annotations,
      inputSchema: z.strictObject({
        path: z.optional(z.string().check(z.maxLength(4096), z.describe('A folder; all of them when left out.'))),
        depth: z.optional(z.int().check(z.gte(1), z.lte(32), z.describe('Levels of folders; 2 when left out.'))),
        limit: z.optional(z.int().check(z.gte(1), z.lte(1000), z.describe('Entries at most; 200 when left out.'))),
      }),
      outputSchema: z.object({
        entries: z.array(
          z.object({
            path: z.string().check(z.describe('Of a folder with a slash at its end.')),
            kind: z.enum(['folder', 'file']),
            ...{ depth: z.int(), files: z.int(), lines: z.int() },
            memory: states.check(z.describe('Files in each state.')),
            changed: z.int().check(z.describe('Files whose text is another one than the memory has.')),
          }),
        ),
        left: z.int().check(z.describe('Entries that were left out because there are too many.')),
        skipped: z.array(z.object({ reason: z.string(), count: z.int(), files: z.array(z.string()) })),
        notes: z.array(z.string()),
      }),
    },
    async ({ path = '', depth = 2, limit = 200 }) => {
      const [look, memory] = await Promise.all([files.look(), engine.memory()]);
      const overview = overviewOf(look, memory, { path, depth, limit });
      const skipped = skippedByReason(look.skipped, 3);
      const left = skipped.map(
        ({ reason, count, files: named }) => `- ${exactCount(count)} ${reason}: ${named.join(', ')}${count > named.length ? ', …' : ''}`,
      );
      return {
        content: [text([...overviewLines(overview), ...(left.length > 0 ? ['', 'Not read:', ...left] : []), ...look.notes].join('\n'))],
        structuredContent: { ...overview, skipped, notes: [...look.notes] },
      };
    },
  );
}

function addStatus(server: McpServer, { files, engine, folders }: Repository): void {
  server.registerTool(
    'status',
    {
      title: 'Status',
      description: 'Which model runs, its cache and its budget, and how much of the repository is in memory. Starts nothing.',
      annotations,
      inputSchema: z.strictObject({}),
      outputSchema: z.object({
        state: schemas.state,
        message: z.optional(z.string()),
        folders: z.array(z.string()),
        files: z.int(),
        searchableFiles: z.int(),
        model: z.optional(
          z.object({
            ...{ name: z.string(), path: z.string(), bytes: z.int(), demo: z.boolean(), engine: schemas.engineKindSchema },
            ...{ device: z.string(), trainedWindow: z.int(), policy: schemas.policySchema },
          }),
        ),
        cache: z.optional(
          z.object({
            budget: z.int().check(z.describe('Entries that a layer may hold, mean of the layers.')),
            ...{ kvBytes: z.int(), kvBytesFull: z.int() },
          }),
        ),
        repository: z.optional(
          z.object({
            ...{ name: z.string(), complete: z.boolean(), tokensRead: z.int(), tokensTotal: z.int(), tokensKept: z.int() },
            behind: z.int().check(z.describe('Files that changed on disk and were not read again yet.')),
            savedAt: z.optional(z.number().check(z.describe('Milliseconds since 1970; absent: not saved.'))),
          }),
        ),
      }),
    },
    async () => {
      const [look, map, status] = await Promise.all([files.look(), engine.cacheMap(), engine.status()]);
      const { state, message, model, repository, kvBytes, kvBytesFull } = status;
      const layers = map?.layers ?? [];
      const budget = Math.round(layers.reduce((sum, layer) => sum + layer.budget, 0) / Math.max(1, layers.length));
      const about = model && {
        ...{ name: model.name, path: model.path, bytes: model.bytes, demo: model.demo, engine: model.engine },
        ...{ device: model.device, trainedWindow: model.trainedWindow, policy: model.policy },
      };
      const read = repository && {
        ...{ name: repository.name, complete: repository.complete, tokensRead: repository.tokensRead },
        ...{ tokensTotal: repository.tokensTotal, tokensKept: repository.tokensKept, behind: repository.memory.behind },
        ...(repository.memory.savedAt === undefined ? {} : { savedAt: repository.memory.savedAt }),
      };
      const lines = [
        `state: ${state}${message ? `. ${message}` : ''}`,
        `folders: ${folders.join(', ')}`,
        `files: ${exactCount(look.files.length)}, ${exactCount(files.searchable)} of them searchable`,
        ...(model
          ? [
              `model: ${model.name}${model.demo ? ' (demonstration model, its answers are nonsense)' : ''}, ${shortBytes(model.bytes)}, ${model.device}`,
            ]
          : ['model: none is loaded; ask loads one']),
        ...(map
          ? [`cache: ${exactCount(budget)} entries a layer, ${shortBytes(kvBytes)}; ${shortBytes(kvBytesFull)} without a bound`]
          : []),
        ...(read
          ? [
              `memory: ${exactCount(read.tokensRead)} of ${exactCount(read.tokensTotal)} tokens read, ${exactCount(read.tokensKept)} kept; ${counted(read.behind, 'file')} changed since`,
            ]
          : []),
      ];
      return {
        content: [text(lines.join('\n'))],
        structuredContent: {
          ...{ state, folders: [...folders], files: look.files.length, searchableFiles: files.searchable },
          ...(message ? { message } : {}),
          ...(about ? { model: about } : {}),
          ...(map ? { cache: { budget, kvBytes, kvBytesFull } } : {}),
          ...(read ? { repository: read } : {}),
        },
      };
    },
  );
}

const text = (content: string) => ({ type: 'text' as const, text: content });
