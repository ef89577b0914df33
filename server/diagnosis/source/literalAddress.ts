/** A port that the code itself listens on when nothing else says so. */
export interface LiteralPort {
  port: number;
  file: string;
  line: number;
  /** The variable whose fallback it is. */
  variable: string | undefined;
}

/** A connection URL written in code or configuration. */
export interface LiteralUrl {
  url: string;
  file: string;
  line: number;
}

const LISTENS: readonly RegExp[] = [
  /\.listen\(\s*(?:\{\s*port:\s*)?(\d{2,5})\b/,
  /\b(?:app|socketio|web)\.run(?:_app)?\([^)]*\bport\s*=\s*(\d{2,5})\b/,
  /\buvicorn\.run\([^)]*\bport\s*=\s*(\d{2,5})\b/,
  /ListenAndServe(?:TLS)?\(\s*"[^":]*:(\d{2,5})"/,
  /\b(?:HTTPServer|TCPServer|make_server)\(\s*\(?\s*['"][^'"]*['"]\s*,\s*(\d{2,5})\b/,
  /^\s*(?:server\.port\s*=|port\s*:)\s*(\d{2,5})\s*,?$/,
  /\bServerSocket\(\s*(\d{2,5})\b/,
  /\.bind\(\s*\(\s*['"][^'"]*['"]\s*,\s*(\d{2,5})\s*\)/,
  /\bLocalPort\s*=>\s*(\d{2,5})\b/,
  /\b(?:TCPServer|WEBrick::HTTPServer)\.new\([^)]*?\b(\d{2,5})\b/,
  /\bTcpListener::bind\(\s*"[^":]*:(\d{2,5})"/,
];
const FALLBACK_PORT =
  /(?:process\.env\.|environ\.get\(\s*['"]|getenv\(\s*['"]|ENV\[\s*['"])(\w*PORT)\b['"\]]*\s*(?:\|\||\?\?|,)\s*['"]?(\d{2,5})\b/;
const URL_LITERAL =
  /\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|valkey|amqps?)(?:\+\w+)?:\/\/[^\s"'`<>)\]},;]+/g;
const COMMENT = /^\s*(?:\/\/|#|\*|\/\*|--|<!--)/;

export function literalPortsIn(file: string, text: string): LiteralPort[] {
  const found: LiteralPort[] = [];
  text.split(/\r?\n/).forEach((content, index) => {
    if (COMMENT.test(content)) return;
    const fallback = FALLBACK_PORT.exec(content);
    if (fallback?.[2]) found.push({ port: Number(fallback[2]), file, line: index + 1, variable: fallback[1] });
    else
      for (const pattern of LISTENS) {
        const port = pattern.exec(content)?.[1];
        if (port) found.push({ port: Number(port), file, line: index + 1, variable: undefined });
      }
  });
  return found.filter(({ port }) => port > 0 && port <= 65_535);
}

export function literalUrlsIn(file: string, text: string): LiteralUrl[] {
  return text
    .split(/\r?\n/)
    .flatMap((content, index) =>
      COMMENT.test(content) ? [] : [...content.matchAll(URL_LITERAL)].map(([url]) => ({ url, file, line: index + 1 })),
    );
}
