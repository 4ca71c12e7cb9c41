/** Reads the theme's colours off the page, and draws the patterns that tell the states apart in high contrast. */
import type { HeldState } from './heldWords';
import { currentTheme } from './paint';
import { createPalette, type Fill, type Palette } from './palette';

/** CSS pixels. */
const patternSize = 8;

export function themePalette(): Palette {
  const theme = currentTheme();
  const style = getComputedStyle(document.documentElement);
  const read = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
  const contrast =
    document.body.classList.contains('vscode-high-contrast') || document.body.classList.contains('vscode-high-contrast-light');
  const colours = {
    ink: theme.ink,
    background: read('--vscode-editor-background', '#ffffff'),
    text: read('--vscode-editor-foreground', theme.text),
    edge: read('--vscode-contrastBorder', '') || undefined,
    chosen: read('--vscode-contrastActiveBorder', read('--vscode-focusBorder', '#0066bf')),
    // Not charts.orange: themes make that pale, or leave it out in high contrast.
    lit: read('--vscode-editorWarning-foreground', '#bf8803'),
    font: read('--vscode-font-family', 'sans-serif'),
  };
  return createPalette(colours, contrast ? drawn : undefined);
}

/** Lines for what is thinned, crosses for what can be recalled, dots for what is gone, nothing for what is held. */
function drawn(state: HeldState, shade: string, ink: string): Fill {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (!context || state === 'held') return shade;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.height = Math.round(patternSize * ratio);
  context.scale(canvas.width / patternSize, canvas.width / patternSize);
  context.fillStyle = shade;
  context.fillRect(0, 0, patternSize, patternSize);
  context.globalAlpha = 0.45;
  context.strokeStyle = context.fillStyle = ink;
  if (state === 'gone') context.fillRect(3, 3, 1, 1);
  else if (state === 'recallable') {
    context.fillRect(1, 3, 5, 1);
    context.fillRect(3, 1, 1, 5);
  } else {
    context.beginPath();
    for (const shift of [-patternSize, 0, patternSize]) {
      context.moveTo(shift, patternSize);
      context.lineTo(shift + patternSize, 0);
    }
    context.stroke();
  }
  const pattern = context.createPattern(canvas, 'repeat');
  // One of its pixels is one of the screen.
  pattern?.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern ?? shade;
}
