/** What can be done with a tile follows from what it is; the same list serves the map, its keys and the table. */
import type { MapNode } from './mapTree';

export type TileAction = 'open' | 'enter' | 'pin' | 'unpin' | 'drop' | 'reread';

export function actionsOf({ kind, pinned }: Pick<MapNode, 'kind' | 'pinned'>): TileAction[] {
  switch (kind) {
    case 'folder':
      return ['enter'];
    case 'file':
      return ['open', 'enter', pinned ? 'unpin' : 'pin', 'drop', 'reread'];
    case 'symbol':
    case 'rest':
      return ['open'];
  }
}
