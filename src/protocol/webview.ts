/**
 * What the extension and its webviews say to each other, as discriminated unions: one `type` per message, every field
 * required by its own type, nothing optional that belongs to another.
 */
import type { AnswerNumbers, CacheMap, ContextPart, RecalledSpan, Status, FileActionParams } from './schemas';

/** A call of a tool, as the answer shows it. */
export interface ToolCallView {
  id: string;
  /** What the answer said before it. */
  text: string;
  name: string;
  /** JSON, as the model wrote it. */
  arguments: string;
  /** `asking`: it waits for the person. `declined`: the person said no, and nothing ran. */
  state: 'asking' | 'running' | 'done' | 'declined' | 'failed' | 'stopped';
  /** What the model was told; '' until then. */
  result: string;
  /** While it waits: the command, characters that mislead marked. */
  command?: { parts: { text: string; marked: boolean }[]; marked: string[] };
}

/** What can differ from one answer to a question to the next. */
export interface AnswerContent {
  text: string;
  state: 'streaming' | 'done' | 'stopped' | 'failed';
  /** Calls of tools, which stand before the text; absent: none. */
  calls?: ToolCallView[];
  /** Present once an answer ended. */
  numbers?: AnswerNumbers;
  /** Why the answer failed and what to do. */
  error?: string;
  /** Exact source that was added to the prompt; absent: none. */
  recalled?: RecalledSpan[];
  /** Files that had changed on disk and were not read again before this answer; absent: none. */
  behind?: string[];
  /** What the cache held at the end of the answer; absent: not counted. */
  context?: ContextPart[];
  /** Why it ended before it was whole; it can be gone on with. */
  cut?: 'repeating' | 'maxTokens';
}

export interface ChatMessage extends AnswerContent {
  id: string;
  role: 'user' | 'assistant';
  /** Of an answer that was asked for more than once: which of them this is, from 0. */
  version?: { at: number; count: number };
  /** Answers to others that are written before this one begins; absent: it is its turn. */
  ahead?: number;
  /** Shown above a question asked about a selection, such as `src/a.ts:3-9`. */
  about?: string;
  /** Source attached to a question because it was mentioned; absent: none. */
  attached?: AttachedPlace[];
  /** What was mentioned and did not go with the question, each with its reason; absent: nothing. */
  notes?: string[];
  /** What the model was asked, where that is not `text`: a slash command stands for more words. */
  told?: string;
}

/** A question that waits for the end of the answer before it. */
export interface QueuedQuestion {
  id: string;
  text: string;
  /** Such as `src/a.ts:3-9`; '' when it is about no selection. */
  about: string;
}

export interface AttachedPlace {
  text: string;
  /** Such as `src/a.ts:3-9`; '' when it is no place in a file. */
  href: string;
}

/** A line of the composer's list. */
export interface Candidate {
  label: string;
  detail: string;
  icon: 'file' | 'folder' | 'symbol' | 'selection' | 'problems' | 'command' | 'refused';
  /** Takes the place of what was typed; '' for one that is shown with its reason and cannot be taken. */
  insert: string;
  /** Whether choosing goes on behind it, as behind `@file:`. */
  goesOn: boolean;
}

/** What the person is looking at, as the field offers it; '' where there is nothing. */
export interface AtHand {
  /** Path of the active file. */
  file: string;
  /** Such as `src/a.ts:3-9`. */
  selection: string;
}

/** What would be said of the mentions of a question once it is sent. */
export interface MentionPreview {
  /** Mentions that are half typed or name nothing, as they are written. */
  unknown: string[];
  /** Sentences. */
  notes: string[];
}

/** What a look at the disk says about a place that an answer links to. */
export type PlaceState = 'checked' | 'missing' | 'changed';
/** A place as the answer writes it. */
export interface CheckedPlace {
  place: string;
  state: PlaceState;
  /** Where it is, for a name that is written without its folder. */
  at?: string;
}

/** What reading the repository will cost, in sentences; shown before anything is paid. */
export interface PlanCard {
  title: string;
  facts: { id: string; name: string; value: string }[];
  fits: boolean;
  /** Whether it fits, as a sentence. */
  verdict: string;
  /** What to change; sentences. */
  advice: string[];
  /** All files that are left out. */
  skippedCount: number;
  skipped: { reason: string; count: number; files: string[] }[];
  lastFiles: { path: string; why: string }[];
  /** Read aloud when the card appears. */
  spoken: string;
}

/** What is being done with the repository at the moment, and how far it is. */
export interface ReadingNow {
  doing: 'nothing' | 'planning' | 'reading';
  /** Whole percent; null while it is not known. */
  percent: number | null;
  /** One line beside the bar; '' when nothing is being done. */
  text: string;
}

export type ToChat =
  | { type: 'state'; messages: ChatMessage[]; status: Status; strings: Record<string, string> }
  /** Of the open chat; '' as long as it has none. */
  | { type: 'title'; title: string }
  | { type: 'message'; message: ChatMessage }
  | { type: 'delta'; id: string; text: string }
  | { type: 'queue'; questions: QueuedQuestion[] }
  | { type: 'status'; status: Status }
  | { type: 'plan'; card: PlanCard | null }
  | { type: 'reading'; reading: ReadingNow }
  /** Whether anything may be read from the workspace. */
  | { type: 'trust'; trusted: boolean }
  /** Questions that this repository can answer, for an empty chat; none until all of it was read. */
  | { type: 'starters'; questions: string[] }
  /** Whether the demonstration model answers (or would), and the real models that fit this machine, as one line. */
  | { type: 'demo'; active: boolean; models: string }
  /** Answers `complete` with the same id. */
  | { type: 'candidates'; id: number; items: Candidate[] }
  | { type: 'atHand'; atHand: AtHand }
  /** Answers `preview` with the same text. */
  | { type: 'preview'; text: string; preview: MentionPreview }
  /** Goes into the field, at its end. */
  | { type: 'insert'; text: string }
  | { type: 'checked'; answers: { id: string; places: CheckedPlace[] }[] };

export type FromChat =
  | { type: 'ready' }
  | { type: 'ask'; text: string }
  | { type: 'stop' }
  /** Whether the command of a call may run, once. */
  | { type: 'approve'; id: string; run: boolean }
  /** Asks an earlier question in other words; what followed it is replaced. */
  | { type: 'edit'; id: string; text: string }
  /** Asks the last question again. */
  | { type: 'regenerate' }
  /** Goes on with the last answer, which ended before it was whole. */
  | { type: 'goOn' }
  /** Shows the answer before or after this one. */
  | { type: 'turn'; id: string; by: 1 | -1 }
  /** Takes a question out of the queue. */
  | { type: 'unqueue'; id: string }
  /** Asks the questions of the queue, which is at rest after a failure, or after the chat was left. */
  | { type: 'askQueued' }
  | { type: 'copy'; text: string }
  | { type: 'code'; action: CodeAction; block: CodeBlock }
  | { type: 'openLink'; href: string }
  /** The word that is being typed, up to the cursor. A newer one makes the older ones pointless. */
  | { type: 'complete'; id: number; text: string }
  /** A question with mentions that is being typed. */
  | { type: 'preview'; text: string }
  /** The places that ended answers link to, by the ids of the messages. */
  | { type: 'check'; answers: { id: string; places: string[] }[] }
  /** The plan was agreed to. */
  | { type: 'readNow' }
  | { type: 'dismissPlan' }
  | { type: 'command'; command: ChatCommand };

/** What can be done with a code block of an answer beside copying it. */
export type CodeAction = 'insert' | 'apply' | 'newFile' | 'compare';

export interface CodeBlock {
  text: string;
  /** What stands behind the opening fence, such as `ts src/a.ts`; may be empty. */
  info: string;
  /** The line of the answer before the block, which may name a file; may be empty. */
  before: string;
}

/** Commands of the extension, without their `bonsai.`, that the chat view has buttons for. */
export type ChatCommand =
  | 'readRepository'
  | 'pauseReading'
  | 'resumeReading'
  | 'showSkipped'
  | 'chooseModel'
  | 'showCache'
  | 'newChat'
  | 'showHistory'
  | 'manageTrust';

export type ToCache =
  | { type: 'map'; map: CacheMap; status: Status; strings: Record<string, string> }
  | { type: 'empty'; status: Status; strings: Record<string, string>; trusted: boolean }
  /** What came of the last `fileAction`. */
  | { type: 'fileActionDone'; note: string; failed: boolean };

export type FromCache =
  | { type: 'ready' }
  /** A path as the map has it, perhaps with lines: `src/a.ts:3-9`. */
  | { type: 'open'; path: string }
  | ({ type: 'fileAction' } & FileActionParams)
  /** What the next maps are to tell: shares of one layer (null: the mean), and the symbols of a file (null: none). */
  | { type: 'look'; layer: number | null; file: string | null }
  | { type: 'command'; command: 'readRepository' | 'readAgain' | 'manageTrust' };
