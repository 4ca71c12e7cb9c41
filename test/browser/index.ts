/** Entry of the browser suite: one browser, one window, tests in the order in which a newcomer would do things. */
import { runMocha } from '../host/mocha';
import { options } from './options';

const files = [
  () => import('./hooks'),
  () => import('./start.test'),
  () => import('./reading.test'),
  () => import('./memory.test'),
  () => import('./chat.test'),
  () => import('./selection.test'),
  () => import('./mentions.test'),
  () => import('./ghostText.test'),
  () => import('./crash.test'),
  () => import('./reopened.test'),
  () => import('./themes.test'),
  () => import('./hostile.test'),
  () => import('./cacheMap.test'),
  () => import('./saved.test'),
  () => import('./sessions.test'),
  // With another sidecar for a while.
  () => import('./tools.test'),
  // Ends with the source control view in the place of the chat.
  () => import('./places.test'),
  () => import('./question.test'),
  // Without a repository in memory, and with editors of its own.
  () => import('./edits.test'),
  // And then the chat view is hidden, after which it can no longer be told from the cache's.
  () => import('./opening.test'),
];

void runMocha(files, options.report, { timeout: 120_000 }).then(
  (failures) => process.exit(failures > 0 ? 1 : 0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
