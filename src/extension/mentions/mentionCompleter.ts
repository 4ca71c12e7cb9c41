/** Only the newest question of the composer is answered; what an older one still finds is thrown away. */
import type { Candidate } from '../../protocol';
import { typingAt, type Typing } from '../../protocol/mentions';
import type { Command } from '../prompts/commands';
import type { Translate } from '../util/text';
import type { Choices } from './candidates';
import type { FoundSymbol } from './foundSymbols';

/** What the editor knows; each is asked for only when it is needed. */
export interface CandidateSource {
  readonly trusted: boolean;
  commands(): Promise<Command[]>;
  /** Without waiting when there is any list. */
  files(): Promise<readonly string[]>;
  symbols(query: string): Promise<FoundSymbol[]>;
  atHand(): Pick<Choices, 'open' | 'selection' | 'activeFile'>;
}

export class MentionCompleter {
  #newest = -1;

  constructor(
    private readonly source: CandidateSource,
    private readonly warn: (error: unknown) => void,
    private readonly t: Translate,
  ) {}

  /**
   * @param text the word that is being typed
   * @returns nothing when there is a newer question
   */
  async complete(id: number, text: string): Promise<Candidate[] | undefined> {
    this.#newest = id;
    const typing = typingAt(text);
    if (!typing) return [];
    const choices = await this.#choices(typing);
    // The ranking is loaded when the first list opens, not with the editor.
    const { candidatesFor } = await import('./candidates');
    return this.#newest === id ? candidatesFor(typing, choices, this.t) : undefined;
  }

  async #choices(typing: Typing): Promise<Choices> {
    const { source } = this;
    const none: Choices = { commands: [], files: [], symbols: [], open: [], selection: undefined, activeFile: undefined };
    try {
      if (typing.kind === 'command') return { ...none, commands: await source.commands() };
      // The kinds are offered everywhere; what is in an untrusted workspace is not looked at.
      if (!source.trusted) return none;
      if (typing.of === 'symbol') return { ...none, symbols: await source.symbols(typing.query.replace(/^.*#/, '')) };
      const files = source.files();
      // The kinds come at once; by the time the next key is pressed the files may be there.
      if (!typing.of && typing.query === '') {
        files.catch(this.warn);
        return { ...none, ...source.atHand() };
      }
      return { ...none, ...source.atHand(), files: await files };
    } catch (error) {
      this.warn(error);
      return { ...none, ...source.atHand() };
    }
  }
}
