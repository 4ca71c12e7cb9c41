/**
 * `@bonsai` answers on top of the repository memory, in VS Code's own chat. Its citations are checked before
 * they are links, the source that was added for it is listed, and what did not fit is named.
 */
import * as vscode from 'vscode';
import type { Answer, AnswerDelta, AskParams, ChatTurn, SourceLines } from '../../protocol';
import { CitationStream, type Piece } from '../../protocol/citations';
import type { SidecarClient } from '../engine/sidecarClient';
import { toSidecarError } from '../engine/sidecarError';
import { waiting } from '../engine/waiting';
import type { Translate } from '../util/text';
import { asRead, type AsRead } from './attachedAsRead';
import { CitationLinks } from './citationLinks';
import { fitQuestion } from './fitQuestion';
import { historyOf } from './history';
import { attached } from './references';
import { followupsAfter, questionOf } from './slashCommands';
import type { TokenCounter } from './tokenCounter';

export const participantId = 'bonsai.participant';

export class Participant {
  readonly #read: AsRead;

  constructor(
    private readonly client: SidecarClient,
    private readonly counter: TokenCounter,
    private readonly t: Translate,
  ) {
    this.#read = asRead(client);
  }

  register(extensionUri: vscode.Uri): vscode.ChatParticipant {
    const participant = vscode.chat.createChatParticipant(participantId, (request, context, stream, token) =>
      this.answer(request, context, stream, token),
    );
    participant.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
    participant.followupProvider = {
      provideFollowups: ({ errorDetails, metadata }) => {
        const command: unknown = metadata?.['command'];
        return errorDetails ? [] : followupsAfter(typeof command === 'string' ? command : undefined, this.t);
      },
    };
    return participant;
  }

  async answer(
    request: vscode.ChatRequest,
    context: vscode.ChatContext,
    stream: vscode.ChatResponseStream,
    token: vscode.CancellationToken,
  ): Promise<vscode.ChatResult> {
    const { t } = this;
    if (!vscode.workspace.isTrusted) return failed(t('This workspace is not trusted, so Bonsai answers nothing in it.'));
    const question = questionOf(request.command, request.prompt);
    if (!question) return failed(t('There is no question. Type one after @bonsai.'));
    const command = request.command === undefined ? {} : { command: request.command };
    try {
      if (!this.client.loaded) stream.progress(t('Loading the model'));
      await this.client.load();
      const params = await this.#fit(question, historyOf(context.history), await attached(request, this.#read), stream, token);
      const shown = new ShownAnswer(stream);
      const onDelta = ({ text, ahead = 0 }: AnswerDelta) => {
        if (ahead > 0) stream.progress(waiting(ahead, t));
        shown.push(text);
      };
      const answer = await this.client.ask(params, onDelta, token);
      await shown.end();
      await this.#tellSources(answer, stream);
      const { reusedTokens, readTokens, generatedTokens, seconds } = answer;
      return { metadata: { ...command, reusedTokens, readTokens, generatedTokens, seconds } };
    } catch (error) {
      const failure = toSidecarError(error);
      return failure.code === 'stopped' ? { metadata: command } : { ...failed(failure.message), metadata: command };
    }
  }

  /** What goes to the model: the question whole, then as much of the attachments and of the conversation as there is room. */
  async #fit(
    question: string,
    history: ChatTurn[],
    { sources, unreadable }: { sources: SourceLines[]; unreadable: string[] },
    stream: vscode.ChatResponseStream,
    token: vscode.CancellationToken,
  ): Promise<AskParams> {
    const limit = this.client.status.limits?.inputTokens ?? Infinity;
    const fitted = await fitQuestion({ question, sources, history }, limit, this.counter.texts(token));
    const notes = [
      ...fitted.leftSources.map(({ path }) => this.t('{0} is too long for this model and was left out.', path)),
      ...unreadable.map((name) => this.t('{0} could not be read as text and was left out.', name)),
      ...(fitted.leftTurns > 0 ? [this.t('The first {0} messages of this conversation were left out.', fitted.leftTurns)] : []),
    ];
    for (const note of notes) stream.markdown(quoted(note));
    return {
      question,
      ...(fitted.history.length > 0 ? { history: fitted.history } : {}),
      ...(fitted.attachments.length > 0 ? { attachments: fitted.attachments } : {}),
    };
  }

  async #tellSources({ recalled, behind, stop }: Answer, stream: vscode.ChatResponseStream): Promise<void> {
    const { t } = this;
    if (stop === 'repeating') stream.markdown(quoted(t('The answer repeated itself and was stopped.')));
    if (stop === 'maxTokens') stream.markdown(quoted(t('The answer reached its maximum length.')));
    const places = new CitationLinks();
    for (const { path, startLine, endLine } of recalled) {
      const place = await places.find(path, startLine, endLine);
      if (place) stream.reference(place);
    }
    if (behind.length > 0) stream.markdown(quoted(t('Changed since they were read: {0}.', behind.join(', '))));
    const { repository } = this.client.status;
    if (repository?.complete) return;
    const note = repository
      ? t('Only a part of the repository has been read.')
      : t('The repository has not been read: this answer uses only what you attached.');
    stream.markdown(quoted(note));
    stream.button({ command: 'bonsai.readRepository', title: t('Read repository') });
  }
}

/** An answer on its way to the person: pieces in their order, citations after a look at the disk. */
class ShownAnswer {
  readonly #citations = new CitationStream();
  readonly #places = new CitationLinks();
  #shown: Promise<void> = Promise.resolve();

  constructor(private readonly stream: vscode.ChatResponseStream) {}

  push(text: string): void {
    this.#show(this.#citations.push(text));
  }

  async end(): Promise<void> {
    this.#show(this.#citations.end());
    await this.#shown;
  }

  #show(pieces: Piece[]): void {
    for (const piece of pieces) this.#shown = this.#shown.then(() => this.#showOne(piece));
  }

  async #showOne(piece: Piece): Promise<void> {
    if (piece.kind === 'text') {
      this.stream.markdown(piece.text);
      return;
    }
    const { path, line, endLine } = piece;
    const place = await this.#places.find(path, line, endLine);
    if (place) this.stream.anchor(place, endLine > line ? `${path}:${line}-${endLine}` : `${path}:${line}`);
    else this.stream.markdown(piece.text);
  }
}

/** A note beside the answer; names in it are text, not markdown. */
function quoted(note: string): vscode.MarkdownString {
  return new vscode.MarkdownString('\n\n> ').appendText(note.replaceAll('\n', ' ')).appendMarkdown('\n\n');
}

function failed(message: string): vscode.ChatResult {
  return { errorDetails: { message } };
}
