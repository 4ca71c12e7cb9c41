export const families: Readonly<Record<string, object>>;
export const variants: Readonly<Record<string, object>>;
