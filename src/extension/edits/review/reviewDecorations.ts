/**
 * Removed and added lines have the colours of the editor's own comparison, a sign beside each line for those who do
 * not see the colours, and in the high-contrast themes, which have no such colours, a bar in theirs.
 */
import * as vscode from 'vscode';
import type { ReviewLayout, WordStretch } from './reviewText';

type Types = Record<'removed' | 'added' | 'removedWords' | 'addedWords', vscode.TextEditorDecorationType>;

export class ReviewDecorations implements vscode.Disposable {
  #types = typesFor(vscode.window.activeColorTheme.kind);
  readonly #themes: vscode.Disposable;

  /** @param onThemeChange the decorations are gone and have to be set again */
  constructor(onThemeChange: () => void) {
    this.#themes = vscode.window.onDidChangeActiveColorTheme(({ kind }) => {
      this.#drop();
      this.#types = typesFor(kind);
      onThemeChange();
    });
  }

  set(editor: vscode.TextEditor, layout: ReviewLayout): void {
    const line = (at: number) => new vscode.Range(at, 0, at, 0);
    const words = ({ line: at, start, end }: WordStretch) => new vscode.Range(at, start, at, end);
    editor.setDecorations(this.#types.removed, layout.removed.map(line));
    editor.setDecorations(this.#types.added, layout.added.map(line));
    editor.setDecorations(this.#types.removedWords, layout.removedWords.map(words));
    editor.setDecorations(this.#types.addedWords, layout.addedWords.map(words));
  }

  dispose(): void {
    this.#drop();
    this.#themes.dispose();
  }

  #drop(): void {
    for (const type of Object.values(this.#types)) type.dispose();
  }
}

function typesFor(kind: vscode.ColorThemeKind): Types {
  const { HighContrast, HighContrastLight, Light } = vscode.ColorThemeKind;
  const contrast = kind === HighContrast || kind === HighContrastLight;
  const light = kind === Light || kind === HighContrastLight;
  const whole = (name: 'inserted' | 'removed', icon: vscode.Uri) =>
    vscode.window.createTextEditorDecorationType({
      isWholeLine: true,
      backgroundColor: new vscode.ThemeColor(`diffEditor.${name}LineBackground`),
      overviewRulerColor: new vscode.ThemeColor(`editorOverviewRuler.${name === 'inserted' ? 'added' : 'deleted'}Foreground`),
      overviewRulerLane: vscode.OverviewRulerLane.Full,
      gutterIconPath: icon,
      gutterIconSize: 'contain',
      ...(contrast ? bar(name) : {}),
    });
  const part = (name: 'inserted' | 'removed') =>
    vscode.window.createTextEditorDecorationType(
      contrast
        ? { borderWidth: '1px', borderStyle: 'dashed', borderColor: new vscode.ThemeColor(`diffEditor.${name}TextBorder`) }
        : { backgroundColor: new vscode.ThemeColor(`diffEditor.${name}TextBackground`) },
    );
  return {
    removed: whole('removed', sign('M3 7.25h10v1.5H3z', light ? '#ad0707' : '#ff7b72')),
    added: whole('inserted', sign('M7.25 3h1.5v4.25H13v1.5H8.75V13h-1.5V8.75H3v-1.5h4.25z', light ? '#1a6b2c' : '#56d364')),
    removedWords: part('removed'),
    addedWords: part('inserted'),
  };
}

const bar = (name: 'inserted' | 'removed'): vscode.DecorationRenderOptions => ({
  borderWidth: '0 0 0 4px',
  borderStyle: name === 'inserted' ? 'solid' : 'double',
  borderColor: new vscode.ThemeColor(`diffEditor.${name}TextBorder`),
});

function sign(path: string, colour: string): vscode.Uri {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="${colour}" d="${path}"/></svg>`;
  return vscode.Uri.parse(`data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`);
}
