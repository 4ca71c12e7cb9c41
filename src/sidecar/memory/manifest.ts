/**
 * What a saved memory says of itself: which files in which versions stand where in the sequence, and at which places the
 * engine's state was saved. A manifest without a usable checkpoint still says in which order to read.
 */
import * as z from 'zod/mini';
import { fidelity, layerSharing, skippedFile } from '../../protocol/schemas';

export const manifestVersion = 1;

/** One run of tokens. The sequence is a log: of the segments with one path, the last one is what the file now is. */
export const segment = z.object({
  /**
   * `head`: the repository's name; `file`: a file's text; `lines`: those lines of a file that changed since the segments
   * before it with this path; `removed`: a line saying that the file is gone.
   */
  kind: z.enum(['head', 'file', 'lines', 'removed']),
  /** Shown path; '' for the head. */
  path: z.string(),
  /** Hash of the file's bytes; '' where there is no file. */
  hash: z.string(),
  start: z.int().check(z.nonnegative()),
  /** Exclusive. */
  end: z.int().check(z.nonnegative()),
  /** Read with a pin: every token is to be kept. */
  pinned: z.optional(z.literal(true)),
});

/** A saved state of the sequence after `position` tokens. */
export const checkpoint = z.object({
  /** Name of the state file beside the manifest. */
  file: z.string().check(z.regex(/^[a-z0-9-]+\.state$/)),
  position: z.int().check(z.positive()),
  bytes: z.int().check(z.positive()),
  /** Log-probabilities of the probe's tokens after this state, nats. */
  probe: z.array(z.number()),
});

export const manifest = z.object({
  version: z.literal(manifestVersion),
  name: z.string(),
  folders: z.array(z.string()),
  /** The model's name, for people. */
  model: z.string(),
  segments: z.array(segment),
  /** Whether every file that was listed has been read. */
  complete: z.boolean(),
  /** Files in reading order, also those not read yet. */
  order: z.array(z.string()),
  skipped: z.array(skippedFile),
  /** Budgets of the layers that its states were made with; a cache must have just these to take one. Absent: those it has. */
  sharing: z.optional(layerSharing),
  /** By position, ascending. */
  checkpoints: z.array(checkpoint),
  fidelity: z.optional(fidelity),
  /** Shown paths that the person wants to be kept exactly, and those that are not to be read. */
  pinned: z.optional(z.array(z.string())),
  dropped: z.optional(z.array(z.string())),
  /** Milliseconds since 1970. */
  savedAt: z.number(),
});

export type Segment = z.infer<typeof segment>;
export type Checkpoint = z.infer<typeof checkpoint>;
export type Manifest = z.infer<typeof manifest>;
