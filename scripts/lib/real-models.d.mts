export type RealModelName = 'qwen' | 'smollm2' | 'gemma3';

export const modelsFolder: string;
export const realModels: Record<RealModelName, { title: string; bytes: number; sha256: string }>;
export function findRealModel(name: RealModelName): string | undefined;
