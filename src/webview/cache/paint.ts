/** Colours are the theme's, sharp on every screen; the square root makes one token in a hundred visible, and the legend is drawn alike. */
import { boundaries, replacedStretches, type FileSpan, type HeldShare } from './geometry';

export interface Theme {
  ink: string;
  line: string;
  text: string;
  font: string;
}

/** Reads the theme from the CSS variables that VS Code sets on the page. */
export function currentTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
  return {
    ink: read('--vscode-charts-green', '#388a34'),
    line: read('--vscode-contrastBorder', read('--vscode-descriptionForeground', '#888888')),
    text: read('--vscode-descriptionForeground', '#888888'),
    font: `11px ${read('--vscode-font-family', 'sans-serif')}`,
  };
}

/** How opaque the ink is for a share in [0, 1]. */
export const opacity = (share: number): number => Math.sqrt(share);

/** Gives a canvas as many pixels as the screen has behind it. @returns the context, scaled to CSS pixels */
export function prepare(canvas: HTMLCanvasElement): { context: CanvasRenderingContext2D; width: number; height: number } | undefined {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext('2d');
  if (!context || width === 0 || height === 0) return undefined;
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

export function paintStrip(canvas: HTMLCanvasElement, share: HeldShare, tokens: number, files: readonly FileSpan[], theme: Theme): void {
  const ready = prepare(canvas);
  if (!ready) return;
  const { context, width, height } = ready;
  context.fillStyle = theme.ink;
  for (let x = 0; x < width; x++) {
    context.globalAlpha = opacity(share.between((x / width) * tokens, ((x + 1) / width) * tokens));
    context.fillRect(x, 0, 1, height);
  }
  context.globalAlpha = 0.6;
  context.fillStyle = theme.line;
  for (const mark of boundaries(files, tokens, width, 12)) if (mark.x > 0) context.fillRect(Math.round(mark.x), 0, 1, 3);
  context.globalAlpha = 1;
  strikeReplaced(context, files, tokens, width, height / 2);
}

/** Names of the files that are wide enough for their name. */
export function paintRuler(canvas: HTMLCanvasElement, tokens: number, files: readonly FileSpan[], theme: Theme): void {
  const ready = prepare(canvas);
  if (!ready) return;
  const { context, width, height } = ready;
  context.font = theme.font;
  context.textBaseline = 'middle';
  for (const mark of boundaries(files, tokens, width, 12)) {
    context.fillStyle = theme.line;
    context.fillRect(Math.round(mark.x), height - 5, 1, 5);
    const name = mark.path.split('/').at(-1) ?? mark.path;
    context.fillStyle = theme.text;
    context.globalAlpha = mark.replaced ? 0.6 : 1;
    if (context.measureText(name).width + 8 <= mark.width) context.fillText(name, mark.x + 4, height / 2 - 1);
    context.globalAlpha = 1;
  }
  context.fillStyle = theme.text;
  strikeReplaced(context, files, tokens, width, height / 2 - 1);
}

/** A line through everything that a newer version further on has replaced. */
function strikeReplaced(context: CanvasRenderingContext2D, files: readonly FileSpan[], tokens: number, width: number, y: number): void {
  for (const stretch of replacedStretches(files, tokens, width)) context.fillRect(stretch.x, Math.round(y), Math.max(1, stretch.width), 1);
}

export function paintLegend(canvas: HTMLCanvasElement, theme: Theme): void {
  const ready = prepare(canvas);
  if (!ready) return;
  const { context, width, height } = ready;
  context.fillStyle = theme.ink;
  for (let x = 0; x < width; x++) {
    context.globalAlpha = opacity((x + 0.5) / width);
    context.fillRect(x, 0, 1, height);
  }
  context.globalAlpha = 1;
}
