export function which(name: string, machine?: { platform: string; env: NodeJS.ProcessEnv }): string | undefined;
