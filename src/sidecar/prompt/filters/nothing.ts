/** An infill of nothing but white space is none. */
import type { Filter } from './around';

export const nothingButSpace: Filter = (text) => (text.trim() === '' ? '' : text);
