/** A chat is found by its title, or by what was asked and answered in it; a title that fits stands first. */
import fuzzysort from 'fuzzysort';
import { titleOf, type Session } from './session';

/** Of 1, which is the same. A missing letter costs much, and titles are short: this still finds `schedler`. */
const leastLikeness = 0.25;
/** What a match in the text counts against one in the title. */
const textWeight = 0.4;

/** @returns gives those that fit a query, best first; all in their order when nothing is looked for */
export function sessionSearch(sessions: readonly Session[]): (query: string) => Session[] {
  const targets = sessions.map((session) => ({ session, title: titleOf(session) ?? '', text: textOf(session) }));
  return (query) => {
    const words = query.trim().toLowerCase();
    if (words === '') return [...sessions];
    const sought = words.split(/\s+/);
    return targets
      .map(({ session, title, text }) => {
        const inTitle = fuzzysort.single(words, title)?.score ?? 0;
        const inText = sought.every((word) => text.includes(word)) ? textWeight : 0;
        return { session, score: Math.max(inTitle >= leastLikeness ? inTitle : 0, inText) };
      })
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .map(({ session }) => session);
  };
}

function textOf({ messages }: Session): string {
  return messages
    .map(({ text, about = '' }) => `${about} ${text}`)
    .join('\n')
    .toLowerCase();
}
