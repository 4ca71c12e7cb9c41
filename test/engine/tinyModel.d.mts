/** @returns path of the written model */
export function writeTinyModel(family: string, folder: string, demoModel: string): Promise<string>;
