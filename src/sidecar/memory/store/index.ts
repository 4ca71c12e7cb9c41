/**
 * Repository memories on disk: private to their owner, replaced as a whole, within a quota. It knows files, not engines.
 *
 *     <folder>/states/<key>-<random>/manifest.json     what is in the sequence, and which state files belong to it
 *                                    <random>.state    the engine's state at one place of the sequence
 *             /states/<key>-<random>.lock, .owner      while it is written
 *             /facts/<model>, rates                    token counts and reasons by content hash; measured rates
 *
 * Saving: `store.begin(key)`, `writer.checkpoint(...)` at the places that `isCheckpointDue` names, `writer.save(content)`
 * after each, `writer.close()`. Restoring: `store.saved(key)`, then `state.read(checkpoint, load)` and `state.touch()`. After a
 * change in the middle: `store.begin(key, state.id)` and `writer.drop` of the checkpoints behind the change, or, to keep the old
 * state as well, `store.begin(key)` and `writer.adopt` of those before it.
 */
export {
  archiveFolder,
  defaultMemoryFolder,
  type Fact,
  type FactsFile,
  type MemoryStore,
  openMemoryStore,
  ownFolders,
  type StoreOptions,
} from './memoryStore';
export { checkpointSpacing, isCheckpointDue, type Moment, type Pace, plannedCheckpoints } from './retention';
export type { SavedState } from './savedState';
export type { MemoryKey } from './stateFolders';
export type { ManifestContent, StateWriter } from './stateWriter';
