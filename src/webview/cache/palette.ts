/**
 * The map's colours are the theme's. What is held has the ink, what is gone the background, and what is thinned
 * lies between, more ink for more tokens, with a clear step at both ends. In high contrast the states have patterns, too.
 */
import { color } from 'd3-color';
import { heldState, type HeldState } from './heldWords';
import { opacity } from './paint';

export type Fill = string | CanvasPattern;

export interface Palette {
  background: string;
  text: string;
  /** Behind a folder's head and between what is in it. */
  folder: string;
  /** Around a tile. */
  edge: string;
  /** Around the tile that is chosen. */
  chosen: string;
  font: string;
  /** Around the tile of a file that the last answer recalled something of. */
  lit: string;
  /** @param share in [0, 1] of `tokens` tokens @param archived whether the archive has all of them */
  fill(share: number, tokens: number, archived?: boolean): Fill;
  /** The same without a pattern: behind what is written there. */
  plain(share: number, tokens: number, archived?: boolean): string;
  /** Of what is written on that fill. */
  ink(share: number, tokens: number, archived?: boolean): string;
}

export interface PaletteColours {
  ink: string;
  background: string;
  text: string;
  /** Absent: a shade between text and background. */
  edge: string | undefined;
  chosen: string;
  lit: string;
  font: string;
}

type Rgb = readonly [number, number, number];

/** Of the way from background to ink; with less, a little held would look like nothing, with more, like everything. */
const thinned = { from: 0.28, to: 0.74 };
/** Between gone and thinned: nothing of it is in the cache, but it can come back. */
const recallable = 0.14;
/** As many shades as can be told apart; each needs a pattern of its own where there are patterns. */
const shades = 24;

/** @param pattern draws a state onto a shade; absent: colours alone */
export function createPalette(colours: PaletteColours, pattern?: (state: HeldState, shade: string, ink: string) => Fill): Palette {
  const background = rgb(colours.background, [255, 255, 255]);
  const ink = rgb(colours.ink, [56, 138, 52]);
  const known = new Map<string, { fill: Fill; plain: string; ink: string }>();
  const amounts = {
    held: () => 1,
    gone: () => 0,
    recallable: () => recallable,
    thinned: (step: number) => thinned.from + (thinned.to - thinned.from) * (step / shades),
  };
  const look = (share: number, tokens: number, archived: boolean) => {
    const state = heldState(share, tokens, archived);
    const step = state === 'thinned' ? Math.round(opacity(share) * shades) : 0;
    const key = `${state}${step}`;
    let found = known.get(key);
    if (!found) {
      const shade = mixed(background, ink, amounts[state](step));
      const text = readable(shade);
      const plain = css(shade);
      found = { fill: pattern ? pattern(state, plain, text) : plain, plain, ink: text };
      known.set(key, found);
    }
    return found;
  };
  const { text, chosen, lit, font } = colours;
  const front = rgb(text, [0, 0, 0]);
  const folder = css(pattern ? background : mixed(background, front, 0.1));
  return {
    ...{ background: css(background), text, chosen, lit, font, folder },
    edge: colours.edge ?? css(mixed(background, front, 0.3)),
    fill: (share, tokens, archived = false) => look(share, tokens, archived).fill,
    plain: (share, tokens, archived = false) => look(share, tokens, archived).plain,
    ink: (share, tokens, archived = false) => look(share, tokens, archived).ink,
  };
}

/** Black or white, whichever can be read better on it. */
function readable(shade: Rgb): string {
  const light = luminance(shade);
  return (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) ? '#000000' : '#ffffff';
}

/** Relative luminance as WCAG defines it. */
function luminance(shade: Rgb): number {
  const [red = 0, green = 0, blue = 0] = shade.map((value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mixed(from: Rgb, to: Rgb, amount: number): Rgb {
  const part = (i: 0 | 1 | 2) => Math.round(from[i] + (to[i] - from[i]) * amount);
  return [part(0), part(1), part(2)];
}

function rgb(text: string, otherwise: Rgb): Rgb {
  const known = color(text)?.rgb();
  return known ? [known.r, known.g, known.b] : otherwise;
}

const css = (shade: Rgb) => `rgb(${shade.join(', ')})`;
