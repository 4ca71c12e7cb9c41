/** `null`: not a finite number. */
export interface Scores {
  values: (number | null)[];
}
export function compareScores(
  stock: [Scores, Scores],
  bonsai: Scores,
): { tokens: number; difference: number; rounding: number; finite: boolean; equal: boolean };

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
