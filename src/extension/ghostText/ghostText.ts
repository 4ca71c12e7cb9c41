/**
 * The way of a suggestion, from the cheapest source to the most expensive: the rest of an answer that is being typed,
 * an answer given before, one that is on its way, the engine. Of a document only the newest request counts, and one
 * question at a time is with the engine. What is returned fits the document as it is then, or nothing is.
 */
import type { CompleteParams, Completion, SourceLines } from '../../protocol';
import type { Urgency } from '../engine/sidecarClient';
import { pause, untilAborted, type Timer } from '../util/timer';
import { placeAfter, staysQuiet } from './afterAccept';
import type { GhostAnswer, Rest } from './answer';
import { inComment } from './comments';
import { Flight } from './flight';
import { wantsOneLine } from './multiLine';
import type { CompletionNumbers } from './completionNumbers';
import { placeAt, type Cursor, type GhostDocument, type CursorPlace, type SelectedEntry } from './cursorPlace';
import { RecentAnswers } from './recentAnswers';
import { ResultCache } from './resultCache';
import { fits, suggestionFrom, type Suggestion } from './suggestion';
import { suppression, type Suppression, type TypingSituation } from './suppression';
import { goesOn } from './typedThrough';
import { TypingDelay } from './typingDelay';

export interface GhostEngine {
  /** Rejects when the signal is aborted, as soon as the engine is free again. */
  complete(params: CompleteParams, urgency: Urgency, signal: AbortSignal): Promise<Completion>;
}

export interface GhostRequest {
  document: GhostDocument;
  name: Pick<CursorPlace, 'document' | 'path'>;
  cursor: Cursor;
  /** Selected in the editor's suggestion list, which is open. */
  entry?: SelectedEntry | undefined;
  situation: Omit<TypingSituation, 'languageId' | 'suffix' | 'longestLine' | 'commenting'>;
}

export interface Outcome {
  suggestion?: Suggestion;
  /** Why there is none, when nothing was asked. */
  suppressed?: Suppression | 'accepted';
}

/** What is remembered of an open document. */
interface Remembered {
  answers: RecentAnswers;
  flight?: Flight | undefined;
  /** Ends the request that is being served. */
  turn?: AbortController;
  shown?: GhostAnswer | undefined;
}

export class GhostText {
  readonly #documents = new Map<string, Remembered>();
  readonly #cache = new ResultCache();
  readonly #delay = new TypingDelay();

  constructor(
    private readonly engine: GhostEngine,
    private readonly timer: Timer,
    private readonly numbers: CompletionNumbers,
    /** What was edited lately in other places than this one. */
    private readonly elsewhere: (place: CursorPlace) => SourceLines[] = () => [],
  ) {}

  /** Notes a key. */
  typed(): void {
    this.#delay.typed(this.timer.now());
  }

  /** Rejects when the engine has failed; a request that was cancelled or overtaken has nothing to suggest. */
  async suggest(request: GhostRequest, signal: AbortSignal): Promise<Outcome> {
    const { document, name, cursor, entry, situation } = request;
    const { version, languageId } = document;
    if (document.isClosed || signal.aborted) return {};
    const { place, longestLine } = placeAt(document, name, cursor, entry);
    const { prefix, suffix } = place;
    const asked = this.#documents.get(name.document)?.flight;
    if (asked && !goesOn(asked.place, place)) asked.stop();
    const commenting = () => inComment(prefix, languageId);
    const suppressed = suppression({ ...situation, languageId, suffix, longestLine, commenting });
    if (suppressed) return { suppressed };
    const remembered = this.#remembered(name.document);
    if (!situation.explicit && remembered.shown && staysQuiet(remembered.shown, place)) return { suppressed: 'accepted' };

    remembered.turn?.abort(overtaken);
    remembered.turn = new AbortController();
    const newest = AbortSignal.any([signal, remembered.turn.signal]);
    const rest = await this.#rest(remembered, place, situation.explicit, newest);
    if (!rest || rest.text.trim() === '' || newest.aborted || document.version !== version || document.languageId !== languageId) return {};
    const suggestion = suggestionFrom(rest, cursor, entry);
    return suggestion && fits(suggestion, document, cursor, entry) ? { suggestion } : {};
  }

  /** The suggestion that was shown last in this document is in it now, to its end. */
  async accepted(document: string): Promise<void> {
    const remembered = this.#documents.get(document);
    if (!remembered?.shown) return;
    const { shown, flight } = remembered;
    const next = placeAfter(shown);
    if (flight?.hopeful && goesOn(flight.place, next)) return;
    flight?.stop();
    await flight?.landed;
    if (remembered.flight !== flight || remembered.shown !== shown) return;
    if (remembered.answers.at(next) || this.#cache.get(next, wantsOneLine(next, true))) return;
    this.#launch(remembered, next, wantsOneLine(next, true), 'typing', true);
  }

  /** The document was closed, or is another one now under this address. */
  forget(document: string): void {
    const remembered = this.#documents.get(document);
    if (!remembered) return;
    remembered.turn?.abort(overtaken);
    remembered.answers.clear();
    remembered.shown = undefined;
    const { flight } = remembered;
    flight?.stop();
    // One question at a time holds for a document that is opened again at once, too.
    void (flight?.landed ?? Promise.resolve()).then(() => {
      if (remembered.flight === flight && remembered.turn?.signal.aborted !== false) this.#documents.delete(document);
    });
  }

  /** Another model or another repository answers from now on. */
  clear(): void {
    this.#cache.clear();
    for (const remembered of this.#documents.values()) {
      remembered.answers.clear();
      remembered.shown = undefined;
    }
  }

  dispose(): void {
    for (const document of this.#documents.keys()) this.forget(document);
  }

  #remembered(document: string): Remembered {
    let remembered = this.#documents.get(document);
    if (!remembered) this.#documents.set(document, (remembered = { answers: new RecentAnswers() }));
    return remembered;
  }

  async #rest(remembered: Remembered, place: CursorPlace, explicit: boolean, signal: AbortSignal): Promise<Rest | undefined> {
    const began = this.timer.now();
    const oneLine = wantsOneLine(place, explicit);
    const ready = this.#known(remembered, place, oneLine);
    if (ready) return ready;
    const joined = await this.#join(remembered, place, oneLine, signal);
    if (joined || over(signal)) return joined;
    if (!explicit) await pause(this.timer, this.#delay.milliseconds - (this.timer.now() - began), signal);
    const late = await this.#join(remembered, place, oneLine, signal);
    if (late || over(signal)) return late;
    await this.#launch(remembered, place, oneLine, explicit ? 'explicit' : 'typing', false).wait(signal);
    return this.#known(remembered, place, oneLine);
  }

  /** What is known without asking; its text is '' where the engine is known to have nothing. */
  #known(remembered: Remembered, place: CursorPlace, oneLine: boolean): Rest | undefined {
    const recent = remembered.answers.at(place);
    if (recent) {
      remembered.shown = recent.answer;
      return recent.rest;
    }
    const cached = this.#cache.get(place, oneLine);
    if (!cached) return undefined;
    if (cached.text !== '') remembered.answers.add((remembered.shown = { ...cached, place }));
    return { ...cached, typed: '' };
  }

  /** Waits for a question that may answer this place too, and stops any other. */
  async #join(remembered: Remembered, place: CursorPlace, oneLine: boolean, signal: AbortSignal): Promise<Rest | undefined> {
    while (remembered.flight && !over(signal)) {
      const { flight } = remembered;
      if (flight.hopeful && goesOn(flight.place, place)) {
        await flight.wait(signal);
        const rest = over(signal) ? undefined : this.#known(remembered, place, oneLine);
        if (rest) return rest;
      } else flight.stop();
      await untilAborted(flight.landed, signal);
      if (!over(signal) && remembered.flight === flight) remembered.flight = undefined;
    }
    return undefined;
  }

  #launch(remembered: Remembered, place: CursorPlace, singleLine: boolean, urgency: Urgency, ahead: boolean): Flight {
    const ask = async (signal: AbortSignal) => {
      const { path, languageId, startLine, prefix, suffix } = place;
      const recent = this.elsewhere(place);
      const asked = { path, languageId, startLine, prefix, suffix, singleLine, ...(recent.length > 0 ? { recent } : {}) };
      const completion = await this.engine.complete(asked, urgency, signal);
      const answer = { place, text: completion.text.trim() === '' ? '' : completion.text, replaces: completion.replaces ?? 0 };
      this.#cache.put(place, singleLine, answer);
      remembered.answers.add(answer);
      this.#delay.answered(completion.milliseconds);
      this.numbers.add(completion);
    };
    return (remembered.flight = new Flight(place, ask, this.timer, ahead));
  }
}

/** A reason of one's own saves making an error, with its stack, for every key. */
const overtaken = 'overtaken';

/** Asked again after every wait; a property would count as unchanged. */
const over = (signal: AbortSignal): boolean => signal.aborted;
