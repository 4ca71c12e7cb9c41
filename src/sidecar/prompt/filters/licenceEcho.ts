/**
 * No licence texts and copyright notices, which models know by heart and give with other people's names. The
 * comment that holds one ends the infill, unless the file has such a text itself.
 */
import { linesOf, type Filter } from './around';

const notice = new RegExp(
  [
    'permission is hereby granted, free of charge',
    'licensed under the .{0,40}licen[cs]e',
    'licensed to the apache software foundation',
    'gnu (?:lesser |affero )?general public licen[cs]e',
    'redistribution and use in source and binary forms',
    'the software is provided "as is"',
    'this source code is licensed under',
    'subject to the terms of the .{0,40}licen[cs]e',
    'all rights reserved',
    'copyright (?:\\(c\\)|©|\\d{4})',
    '©\\s*\\d{4}',
  ].join('|'),
  'i',
);
const comment = /^\s*(?:\/\/|\/\*|\*|#|--|;|%|<!--|"""|''')/;

export const withoutLicence: Filter = (text, { prefix, suffix }) => {
  if (!notice.test(text) || notice.test(prefix) || notice.test(suffix)) return text;
  const lines = linesOf(text);
  let first = lines.findIndex((line) => notice.test(line));
  // The name of a licence may go over the end of a line; then it is somewhere, and all of it goes.
  if (first < 0) return '';
  while (first > 0 && comment.test(lines[first - 1] ?? '')) first--;
  return lines.slice(0, first).join('\n');
};
