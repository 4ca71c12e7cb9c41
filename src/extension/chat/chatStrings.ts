/** Policy: the webview has no translations of its own; it is handed every sentence it shows. */
import type { Translate } from '../util/text';

export function chatStrings(t: Translate): Record<string, string> {
  return {
    placeholder: t('Ask about this repository'),
    input: t('Question for Bonsai'),
    send: t('Send (Enter)'),
    stop: t('Stop (Escape)'),
    clear: t('New conversation'),
    transcript: t('Conversation'),
    you: t('You'),
    bonsai: t('Bonsai'),
    copy: t('Copy'),
    copied: t('Copied'),
    thinking: t('Reading the question'),
    stopped: t('Stopped.'),
    retry: t('Ask again'),
    numbers: t('reused {0} · read {1} tokens · {2}'),
    numbersHint: t('Tokens already in the cache, tokens read for this answer, time taken. Wrote {0} tokens.'),
    emptyOne: t('Bonsai reads your whole repository once into a cache of fixed size.'),
    emptyTwo: t('Chat and ghost text then answer from what the cache kept.'),
    emptyThree: t('It all runs on this machine. Nothing is sent anywhere.'),
    readRepository: t('Read repository'),
    showCache: t('Show cache'),
    chooseModel: t('Choose a model'),
    notRead: t('The repository has not been read: answers rest on your question and selection alone.'),
    partlyRead: t('Only {0}% of the repository has been read.'),
    reading: t('Reading the repository: {0}%. You can ask meanwhile.'),
    demo: t(
      'This is a small demonstration model (6.6 million parameters). It shows how Bonsai works; it is not good enough to program with.',
    ),
    demoModels: t('Real models for this machine: {0}.'),
  };
}
