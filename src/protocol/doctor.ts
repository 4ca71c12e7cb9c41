/** What the doctor finds out: this machine, what is installed on it, and what is wrong. */
import * as z from 'zod/mini';
import { engineKindSchema } from './bounds';
import { recommendedModel } from './models';

export const doctorCheck = z.object({
  name: z.string(),
  ok: z.boolean(),
  detail: z.string(),
  /** The line to type that fixes it. */
  fix: z.optional(z.string()),
});
export const doctorReport = z.object({
  engine: engineKindSchema,
  versions: z.record(z.string(), z.string()),
  backends: z.array(z.string()),
  /** Graphics cards first, the processor last: it alone has cores, and its memory is the machine's. */
  devices: z.array(z.object({ name: z.string(), cores: z.optional(z.int()), totalBytes: z.int(), freeBytes: z.int() })),
  memory: z.object({ totalBytes: z.int(), freeBytes: z.int() }),
  checks: z.array(doctorCheck),
  /** Real models to use in place of the demo model on this machine. */
  recommended: z.array(recommendedModel),
});

export type DoctorReport = z.infer<typeof doctorReport>;
