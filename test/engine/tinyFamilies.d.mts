export const families: Readonly<Record<string, object>>;
