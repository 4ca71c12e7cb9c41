/** An infill has line feeds, whatever ends the lines of the document; the editor writes the document's own. */
import { withLineFeeds } from '../../../repo/text/lineEnds';
import type { Filter } from './around';

export const useLineFeeds: Filter = (text) => withLineFeeds(text);
