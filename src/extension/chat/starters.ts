/** Questions for an empty chat, about what stands out in the repository that was read. Names from it are data: the sidecar gives plain ones. */
import type { Landmark, Status } from '../../protocol';
import * as messages from '../../protocol/messages';
import type { SidecarClient } from '../engine/sidecarClient';
import type { Translate } from '../util/text';

export function starterQuestions(landmarks: readonly Landmark[], t: Translate): string[] {
  return landmarks.map(({ kind, name }) => {
    switch (kind) {
      case 'function':
        return t('What does `{0}` do?', name);
      case 'file':
        return t('What is `{0}` for?', name);
      case 'constant':
        return t('What is the value of {0}?', name);
      case 'type':
        return t('Where is `{0}` defined?', name);
    }
  });
}

/** Asked for when all of a repository has been read, and again with every empty chat: what is edited meanwhile moves no button. */
export class Starters {
  #questions: readonly string[] = [];
  /** Model and repository that the questions are of, or will be; '' while there are none. */
  #of = '';

  /**
   * @param changed there are other questions
   * @param warn the questions could not be found, which is no reason to disturb anybody
   */
  constructor(
    private readonly client: Pick<SidecarClient, 'whileLoaded'>,
    private readonly changed: () => void,
    private readonly warn: (error: unknown) => void,
    private readonly t: Translate,
  ) {}

  get questions(): string[] {
    return [...this.#questions];
  }

  /** @param opened an empty chat was opened */
  update({ repository, model }: Status, opened = false): void {
    const of = model && repository ? JSON.stringify([model.path, repository.name]) : '';
    if (of !== this.#of) this.#set([]);
    else if (!opened) return;
    this.#of = repository?.complete ? of : '';
    if (this.#of !== '') void this.#ask(of);
  }

  async #ask(of: string): Promise<void> {
    try {
      const found = await this.client.whileLoaded((connection) => connection.sendRequest(messages.landmarks));
      if (this.#of === of) this.#set(starterQuestions(found?.landmarks ?? [], this.t));
    } catch (error) {
      this.warn(error);
    }
  }

  #set(questions: string[]): void {
    if (questions.length + this.#questions.length === 0) return;
    this.#questions = questions;
    this.changed();
  }
}
