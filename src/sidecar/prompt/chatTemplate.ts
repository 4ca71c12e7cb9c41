/**
 * The model's own chat template. node-llama-cpp renders the well-known ones by code of its own, which leaves out the
 * system text that a template puts in front of a conversation without one (Qwen's, SmolLM2's); the models were trained
 * with it, so it is found out once and put in.
 */
import type { ChatHistoryItem, ChatWrapper, LlamaModel } from 'node-llama-cpp';
import { messageOf } from '../../protocol/messageOf';
import type { Library } from '../engine/llama';
import { toolFormat, type ToolFormat } from './toolFormat';

/** Characters of a parser's complaint; it may quote the template. */
const longestReason = 200;

export interface ChatTemplate {
  generateContextState: (
    options: Pick<Parameters<ChatWrapper['generateContextState']>[0], 'chatHistory' | 'availableFunctions'>,
  ) => Pick<ReturnType<ChatWrapper['generateContextState']>, 'contextText' | 'stopGenerationTriggers'>;
}

export interface OwnTemplate extends ChatTemplate {
  /** Absent where the file's own template has no form for tools. */
  tools?: ToolFormat;
  /** The same without the system text that nobody gave. */
  plain: ChatTemplate & { tools?: ToolFormat };
  /** Set where the file's own template is not what is used, which changes answers: why, and what is. */
  notice?: string;
}

/** @param source of the template, as the model file has it; undefined where it has none */
export function chatTemplate(library: Library, model: LlamaModel, source: string | undefined): OwnTemplate {
  const unusable = whyUnusable(source, (template) => jinja(library, model, template));
  // An empty template passes over the file's own, which the library would complain of on the console.
  const instead = unusable === undefined ? {} : { customWrapperSettings: { jinjaTemplate: { template: '' } } };
  const wrapper = library.resolveChatWrapper(model, { warningLogs: false, ...instead });
  const notice = unusable && `${unusable} The template "${wrapper.wrapperName}" is used in its place, so answers may be worse.`;
  const standing =
    source === undefined || unusable !== undefined ? undefined : standingSystem(wrapper, () => jinja(library, model, source));
  const tools =
    source !== undefined && unusable === undefined && rendersCalls(library, model, source) ? toolFormat(library, wrapper) : undefined;
  const withTools = tools ? { tools } : {};
  return {
    plain: { generateContextState: (options) => wrapper.generateContextState(options), ...withTools },
    ...withTools,
    ...(notice === undefined ? {} : { notice }),
    generateContextState: ({ chatHistory, ...rest }) => wrapper.generateContextState({ chatHistory: led(chatHistory, standing), ...rest }),
  };
}

/** Whether the template itself says how tools are called, and none has to be made up for it. */
function rendersCalls({ JinjaTemplateChatWrapper }: Library, { tokenizer }: LlamaModel, template: string): boolean {
  return new JinjaTemplateChatWrapper({ template, tokenizer }).usingJinjaFunctionCallTemplate;
}

function jinja({ JinjaTemplateChatWrapper }: Library, { tokenizer }: LlamaModel, template: string): ChatTemplate {
  return new JinjaTemplateChatWrapper({ template, tokenizer });
}

/** @param parse throws where the file's own template cannot be used @returns a sentence; undefined: it can */
export function whyUnusable(source: string | undefined, parse: (source: string) => unknown): string | undefined {
  if (source === undefined || source.trim() === '') return 'The model file has no chat template.';
  try {
    parse(source);
    return undefined;
  } catch (error) {
    return `The model file's chat template cannot be used (${firstLine(messageOf(error))}).`;
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, longestReason).trim() ?? '';
}

function led(history: readonly ChatHistoryItem[], text: string | undefined): ChatHistoryItem[] {
  return text === undefined || history[0]?.type === 'system' ? [...history] : [{ type: 'system', text }, ...history];
}

/** What is asked for to compare by; in no template. */
const question = 'a7c1 question';
const marker = 'a7c1 system';

/**
 * @param wrapper that is used
 * @param exact renders the template as it is written; may fail
 * @returns the system text that the template adds by itself and the wrapper does not
 */
export function standingSystem(wrapper: ChatTemplate, exact: () => ChatTemplate): string | undefined {
  const asked: ChatHistoryItem[] = [
    { type: 'user', text: question },
    { type: 'model', response: [] },
  ];
  const textOf = (template: ChatTemplate, chatHistory: ChatHistoryItem[]) =>
    template.generateContextState({ chatHistory }).contextText.toString();
  try {
    const [head = '', tail = '', ...others] = textOf(wrapper, led(asked, marker)).split(marker);
    const own = textOf(exact(), asked);
    if (own === textOf(wrapper, asked)) return undefined;
    // The wrapper may begin with a token that starts a text, which a template need not spell.
    const begins = [head, head.replace(/^(?:BOS|EOS)/, '')].find((start) => own.startsWith(start));
    if (others.length > 0 || tail === '' || begins === undefined || !own.endsWith(tail)) return undefined;
    const text = own.slice(begins.length, own.length - tail.length);
    return text === '' || own.length < begins.length + tail.length ? undefined : text;
  } catch {
    return undefined;
  }
}
