/**
 * Once the model has begun a call, the rest of it is held to the form that its template gives calls: a grammar lets only the
 * names of declared tools come, then only an object of the values that the tool takes. What stands between them is put, not
 * chosen. So a small model cannot break the form; what it asks for may still make no sense.
 */
import * as z from 'zod/mini';
import type { ToolCall, ToolDefinition } from '../../protocol';
import type { LoadedModel } from '../engine/loadedModel';
import type { Work } from '../engine/sequence';
import { concatTokens } from '../prompt/modelTokens';
import { TextStream } from '../prompt/textStream';
import { argumentSchema, type ToolFormat } from '../prompt/toolFormat';

/** Tokens of a name. */
const longestName = 64;

const object = z.record(z.string(), z.unknown());

export interface WrittenCall {
  /** Undefined: there was no room for the whole of it. */
  call: ToolCall | undefined;
  /** What follows the begin of the call, put or chosen, in its order; the last of them may not have been read. */
  tokens: number[];
}

export class CallWriter {
  constructor(
    private readonly loaded: Pick<LoadedModel, 'model' | 'tokens' | 'sequences' | 'heldSampler'>,
    private readonly format: ToolFormat,
    private readonly tools: readonly ToolDefinition[],
  ) {}

  /**
   * @param last token of the marker, which the chat's sequence has not read
   * @param most tokens that may be chosen
   */
  async write(last: number, most: number, work: Work): Promise<WrittenCall> {
    const tokens: number[] = [];
    const { format, tools } = this;
    const names = tools.map(({ name }) => name);
    const head = concatTokens(last, this.put(format.beforeName, tokens));
    const end = (text: string) => (names.includes(text) ? 'may end' : 'goes on');
    const name = await this.choose(names, head, Math.min(longestName, most), end, tokens, work);
    const tool = tools.find((each) => each.name === name);
    if (!tool) return { call: undefined, tokens };
    return this.withArguments(tool, this.put(format.beforeArguments(tool.name), tokens), most, tokens, work);
  }

  /** The whole of a call of this tool, from its marker on. @param most tokens that may be chosen */
  async writeNamed(name: string, most: number, work: Work): Promise<WrittenCall> {
    const tokens: number[] = [];
    const { format, tools } = this;
    const tool = tools.find((each) => each.name === name);
    if (!tool) return { call: undefined, tokens };
    const parts = [format.marker + format.beforeName, name, format.beforeArguments(name)].map((text) => this.put(text, tokens));
    return this.withArguments(tool, concatTokens(...parts), most, tokens, work);
  }

  private async withArguments(tool: ToolDefinition, prompt: Uint32Array, most: number, tokens: number[], work: Work): Promise<WrittenCall> {
    const written = await this.choose(argumentSchema(tool), prompt, most - tokens.length, whole, tokens, work);
    return { call: written === undefined ? undefined : { name: tool.name, arguments: written }, tokens };
  }

  private put(text: string, tokens: number[]): Uint32Array {
    const part = Uint32Array.from(this.loaded.model.tokenize(text, true));
    tokens.push(...part);
    return part;
  }

  /** @returns what was written; undefined where it is not whole */
  private async choose(
    form: Parameters<LoadedModel['heldSampler']>[0],
    prompt: Uint32Array,
    most: number,
    end: (text: string) => 'goes on' | 'may end' | 'ends',
    tokens: number[],
    work: Work,
  ): Promise<string | undefined> {
    const { model, sequences, tokens: known, heldSampler } = this.loaded;
    const stream = new TextStream(model);
    const sampler = await heldSampler(form);
    let text = '';
    let count = 0;
    try {
      for await (const token of sequences.chat.generate(prompt, sampler, work)) {
        if (known.stops(token)) break;
        tokens.push(token);
        text += stream.push(token);
        if (end(text) === 'ends') return text.trimEnd();
        if (++count >= most) break;
      }
    } finally {
      sampler.dispose();
    }
    text += stream.end();
    return end(text) === 'goes on' ? undefined : text.trimEnd();
  }
}

/** An object is JSON from its last brace on, and not before. */
function whole(text: string): 'goes on' | 'ends' {
  if (!text.trimEnd().endsWith('}')) return 'goes on';
  try {
    return object.safeParse(JSON.parse(text)).success ? 'ends' : 'goes on';
  } catch {
    return 'goes on';
  }
}
