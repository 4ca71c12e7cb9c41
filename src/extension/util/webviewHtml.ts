/** A webview gets one script, two style sheets and one font, all from the extension; nothing inline, no network. */
import { randomBytes } from 'node:crypto';

export interface WebviewParts {
  cspSource: string;
  script: string;
  styles: readonly string[];
  /** Name of the custom element that is the whole page. */
  element: string;
  title: string;
  language: string;
}

export function webviewHtml(parts: WebviewParts, nonce = randomBytes(18).toString('base64url')): string {
  const policy = [
    "default-src 'none'",
    `style-src ${parts.cspSource}`,
    `font-src ${parts.cspSource}`,
    `script-src 'nonce-${nonce}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const links = parts.styles.map((style) => `<link rel="stylesheet" href="${escape(style)}">`).join('\n');
  return `<!DOCTYPE html>
<html lang="${escape(parts.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(parts.title)}</title>
${links}
</head>
<body>
<${parts.element}></${parts.element}>
<script nonce="${nonce}" src="${escape(parts.script)}"></script>
</body>
</html>`;
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
}
