/** `null`: not a finite number. */
export interface Scores {
  values: (number | null)[];
}
/** Nats. */
export interface Distance {
  mean: number;
  largest: number;
}
export function compareScores(
  stock: [Scores, Scores],
  bonsai: Scores,
): { tokens: number; difference: Distance; rounding: Distance; equal: boolean };

export interface LengthEvent {
  event: 'length';
  tokens: number;
  error?: string;
  prefillSeconds?: number;
  decodeTokens?: number;
  decodeSeconds?: number;
  kvBytes?: number;
  deviceBytes?: number;
}
export interface Summary {
  prefillTokensPerSecond: number;
  decodeTokensPerSecond: number;
  kvBytes: number;
  error?: string;
}
export function compareLengths(
  lengths: number[],
  events: { stock: LengthEvent[]; bonsai: LengthEvent[] },
): { tokens: number; stock?: Summary; bonsai?: Summary; ratios: Record<string, number | undefined> }[];
