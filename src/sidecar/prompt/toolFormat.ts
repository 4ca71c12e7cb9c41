/**
 * How the model's own template writes tools, calls and results: what a call begins with, what stands between its parts, and
 * the calls of an answer as turns. The parts come from node-llama-cpp, which takes them from the template. What a tool gave
 * is data: it is tokenized without control tokens, and the template's own marks in it are broken.
 */
import type { ChatModelFunctions, ChatModelResponse, ChatWrapper, GbnfJsonObjectSchema, LlamaText as Text } from 'node-llama-cpp';
import type { ToolDefinition, ToolStep } from '../../protocol';
import { withLineFeeds } from '../../repo/text/lineEnds';
import type { Library } from '../engine/llama';

export interface ToolFormat {
  /** What a call begins with, such as `<tool_call>`. */
  marker: string;
  /** What follows the marker, up to the name. */
  beforeName: string;
  /** What stands between the name and the arguments. */
  beforeArguments: (name: string) => string;
  /** The answer as far as it is there: each call with its result, then what has been written behind them. */
  response: (steps: readonly ToolStep[], begun: string | undefined) => ChatModelResponse['response'];
  /** Puts the results where the response has their names, as they are: node-llama-cpp would write a text as a string of JSON. */
  withResults: (prompt: Text, steps: readonly ToolStep[]) => Text;
}

/** A tag, or a word in brackets. */
const mark = /<\/?[^<>\s]+>|\[\/?[A-Z_]+\]/g;
const functionName = '{{functionName}}';

/** @returns undefined where the wrapper has no form for calls that a text can be told by */
export function toolFormat({ LlamaText, SpecialTokensText }: Library, { settings }: Pick<ChatWrapper, 'settings'>): ToolFormat | undefined {
  const { call, result, parallelism } = settings.functions;
  const textOf = (value: string | Text = '') => LlamaText(value).toString();
  const prefix = textOf(call.prefix).trimStart();
  const opening = (textOf(parallelism?.call.sectionPrefix) + prefix).trimStart();
  const marker = /^(?:<[^<>\s]+>|\[[^\][\s]+\])/.exec(opening)?.[0];
  if (marker === undefined) return undefined;
  const beforeArguments = (name: string) => textOf(call.paramsPrefix).replaceAll(functionName, name);
  const own = [call.prefix, call.paramsPrefix, call.suffix, result.prefix, result.suffix, parallelism?.call.sectionPrefix].map((part) =>
    textOf(part),
  );
  const marks = [...new Set(own.flatMap((text) => text.match(mark) ?? []))];
  return {
    marker,
    beforeName: opening.slice(marker.length),
    beforeArguments,
    response: (steps, begun) => [
      ...steps.flatMap(({ text, call: { name, arguments: written } }, index) => [
        ...(text === '' ? [] : [text]),
        {
          type: 'functionCall' as const,
          name,
          params: {},
          result: placeOf(steps, index),
          startsNewChunk: index > 0,
          // In the pieces in which it was written, so that it has the same tokens again.
          rawCall: LlamaText([
            new SpecialTokensText(prefix),
            name,
            new SpecialTokensText(beforeArguments(name)),
            written,
            new SpecialTokensText(textOf(call.suffix).replaceAll(functionName, name)),
          ]).toJSON(),
        },
      ]),
      ...(begun === undefined ? [] : [begun]),
    ],
    withResults: (prompt, steps) =>
      prompt.mapValues((value) => {
        if (typeof value !== 'string') return value;
        // One after the other from the front, so that nothing is looked for in a result.
        let rest = value;
        let done = '';
        for (const [index, { result: given }] of steps.entries()) {
          const place = `"${placeOf(steps, index)}"`;
          const at = rest.indexOf(place);
          if (at < 0) continue;
          done += rest.slice(0, at) + withoutMarks(withLineFeeds(given), marks);
          rest = rest.slice(at + place.length);
        }
        return done + rest;
      }),
  };
}

/** What stands for a result: a name that nothing which stands before it has. */
function placeOf(steps: readonly ToolStep[], index: number): string {
  let salt = 0;
  while (steps.some(({ text, call, result }) => [text, call.arguments, result].some((each) => each.includes(`[[result${salt}:`)))) salt++;
  return `[[result${salt}:${index}]]`;
}

/**
 * The tool that an answer calls in a form which is not the template's: a bare object of JSON, or one in a fence, and nothing
 * before it. Qwen2.5-Coder writes most of its calls so. Decided where the arguments begin, so that another object with a name,
 * such as a package.json, is none.
 * @param text of the answer so far @param names of the tools
 */
export function bareCall(text: string, names: readonly string[]): string | undefined {
  const name = /^\s*(?:```(?:json)?\s*)?\{\s*"name":\s*"([\w-]+)",\s*"arguments":\s*\{?$/.exec(text)?.[1];
  return names.find((each) => each === name);
}

/** A mark of the template in a text that is data is no mark: a space stands in it. */
export function withoutMarks(text: string, marks: readonly string[]): string {
  return marks.reduce((rest, each) => rest.replaceAll(each, `${each.slice(0, 1)} ${each.slice(1)}`), text);
}

export function functionsOf(tools: readonly ToolDefinition[]): ChatModelFunctions {
  return Object.fromEntries(tools.map((tool) => [tool.name, { description: tool.description, params: argumentSchema(tool) }]));
}

/** Of a call's arguments; a grammar is made of it. */
export function argumentSchema({ parameters }: Pick<ToolDefinition, 'parameters'>): GbnfJsonObjectSchema {
  const properties = Object.entries(parameters).map(([name, { type, description, enum: among }]) => {
    const about = description === undefined ? {} : { description };
    return [name, among ? { enum: among, ...about } : { type, ...about }] as const;
  });
  return { type: 'object', properties: Object.fromEntries(properties) };
}
