export function setEditorModel(settings: string, model: string): string | undefined;
