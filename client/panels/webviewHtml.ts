export interface WebviewPage {
  title: string;
  /** `webview.cspSource`: where the editor serves local resources from. */
  cspSource: string;
  scriptUri: string;
  styleUri: string;
  /** Fresh for each page; only the script with this nonce runs. */
  nonce: string;
  /**
   * Fresh for each page, another than the script's. The toolkit probes with a style element whether the browser knows
   * `:focus-visible`, and reads the nonce for it from the page; without one, mouse clicks would draw focus rings.
   */
  styleNonce: string;
}

/**
 * The empty page of a webview; its script draws everything else. Nothing is allowed but our own script and style
 * sheet: no inline code or style attribute, no eval, no image, no font, no frame, no network.
 */
export function webviewHtml({ title, cspSource, scriptUri, styleUri, nonce, styleNonce }: WebviewPage): string {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource} 'nonce-${styleNonce}'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta property="csp-nonce" content="${attribute(styleNonce)}">
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
