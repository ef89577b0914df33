export interface WebviewPage {
  title: string;
  /** `webview.cspSource`: where the editor serves local resources from. */
  cspSource: string;
  scriptUri: string;
  styleUri: string;
  /** Fresh for each page; only the script with this nonce runs. */
  nonce: string;
}

/**
 * The empty page of a webview; its script draws everything else. Nothing is allowed but our own script and style
 * sheet: no inline code or style, no eval, no image, no font, no frame, no network.
 */
export function webviewHtml({ title, cspSource, scriptUri, styleUri, nonce }: WebviewPage): string {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${attribute(title)}</title>
<link rel="stylesheet" href="${attribute(styleUri)}">
</head>
<body>
<div id="root"></div>
<script type="module" nonce="${attribute(nonce)}" src="${attribute(scriptUri)}"></script>
</body>
</html>`;
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
