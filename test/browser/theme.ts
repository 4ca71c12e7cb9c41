/** The themes that everything has to be readable in, and how readable something is. */

// The editor starts in a light theme: every one of these is a change.
export const themes = [
  { name: 'dark', theme: 'Dark Modern', kind: 'vscode-dark' },
  { name: 'light', theme: 'Light Modern', kind: 'vscode-light' },
  { name: 'high-contrast', theme: 'Dark High Contrast', kind: 'vscode-high-contrast' },
  { name: 'high-contrast-light', theme: 'Light High Contrast', kind: 'vscode-high-contrast-light' },
];

/** Contrast of the text colour against all the backgrounds behind it, as WCAG defines it. Runs in the page. */
export function contrast(element: HTMLElement | SVGElement): number {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!canvas) return 0;
  const behind: string[] = [];
  for (let at: Element | null = element; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
  const seen = (...colours: string[]) => {
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    const [red = 0, green = 0, blue = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const background = seen(getComputedStyle(document.documentElement).getPropertyValue('--vscode-sideBar-background') || '#000', ...behind);
  const text = seen(getComputedStyle(element).color);
  return (Math.max(text, background) + 0.05) / (Math.min(text, background) + 0.05);
}
