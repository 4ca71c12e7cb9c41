/**
 * What a slash at the start of a question can mean: the built-in commands, and the prompt files of the workspace.
 * A name that is neither is sent as it was typed, and that is said.
 */
import type { Mention } from '../../protocol/mentions';
import { builtInCommands, questionOf } from '../languageModel/slashCommands';
import type { MentionWorld } from '../mentions/mentionWorld';
import { placeOf } from '../../protocol/place';
import type { Translate } from '../util/text';
import { expandPrompt } from './expandPrompt';
import type { Prompt, RefusedPrompt } from './promptFile';

export interface Command {
  name: string;
  description: string;
  /** A sentence, when it cannot be used. */
  refused?: string;
}

export interface ExpandedCommand {
  question: string;
  mentions: Mention[];
  notes: string[];
}

/** Where prompt files come from. */
export interface PromptSource {
  /** As they are now, those that cannot be used too. */
  read(): Promise<readonly (Prompt | RefusedPrompt)[]>;
}

const called = /^\/(?<name>[^\s/]+)(?:\s+(?<rest>[\s\S]*))?$/;

export class Commands {
  constructor(
    private readonly prompts: PromptSource,
    private readonly t: Translate,
  ) {}

  async all(): Promise<Command[]> {
    const own = (await this.prompts.read()).map((prompt) =>
      'refused' in prompt ? { name: prompt.name, description: '', refused: prompt.refused } : prompt,
    );
    return [...builtInCommands(this.t), ...own];
  }

  /** @param aboutSelection whether a selection goes with the question already */
  async expand(
    text: string,
    world: Pick<MentionWorld, 'trusted' | 'selection' | 'activeFile'>,
    aboutSelection: boolean,
  ): Promise<ExpandedCommand> {
    const { name = '', rest = '' } = called.exec(text)?.groups ?? {};
    if (name === '') return { question: text, mentions: [], notes: [] };
    if (builtInCommands(this.t).some((command) => command.name === name)) {
      // A built-in command is about the selection when there is one.
      const implied = !aboutSelection && world.trusted && world.selection() !== undefined;
      return { question: questionOf(name, rest), mentions: implied ? [{ kind: 'selection' }] : [], notes: [] };
    }
    const prompt = (await this.prompts.read()).find((each) => each.name === name);
    if (!prompt) return { question: text, mentions: [], notes: [this.t('There is no command /{0}; the text was sent unchanged.', name)] };
    if ('refused' in prompt) return { question: text, mentions: [], notes: [this.t('/{0} was not used. {1}', name, prompt.refused)] };
    const selection = world.selection();
    const {
      text: question,
      mentions,
      missing,
    } = expandPrompt(prompt.body, {
      input: rest.trim(),
      selection: selection && placeOf(selection),
      file: world.activeFile(),
    });
    const notes = missing.map((place) =>
      place === 'selection'
        ? this.t('/{0} refers to the selection, but nothing is selected.', name)
        : this.t('/{0} refers to the active file, but no file of this workspace is open.', name),
    );
    return { question, mentions: [...prompt.mentions, ...mentions], notes };
  }
}
