/** One frame of a stack trace. */
export interface StackFrame {
  /** As it stands in the trace, trimmed. */
  text: string;
  file?: string;
  /** 1-based. */
  line?: number;
}

/** A frame with the name of its function, as far as the trace tells it. */
export interface ParsedFrame extends StackFrame {
  name: string;
  /** The next line belongs to the frame as well: its place (Go, Rust) or its code (Python). */
  lines: 1 | 2;
}

/** A frame's line is looked at no further. */
const LONGEST = 1000;

/**
 * Reads a line of a stack trace of the JVM, Node, .NET, Python, Ruby, Go, Rust or PHP.
 * @param next the line behind it
 * @returns undefined when the line is no frame
 */
export function parseStackFrame(line: string, next: string | undefined): ParsedFrame | undefined {
  const text = line
    .slice(0, LONGEST)
    .trim()
    .replace(/^> (?=File ")/, '');
  if (text.startsWith('at ')) return atFrame(text);
  if (text.startsWith('File "')) return pythonFrame(text, next);
  if (text.startsWith('from ')) return rubyFrame(text.slice(5), text);
  if (text.startsWith('#')) return phpFrame(text);
  const first = text.charCodeAt(0);
  if (first >= 48 && first <= 57) {
    const rust = rustFrame(text, next);
    if (rust) return rust;
  }
  return goFrame(line, text, next) ?? rubyFrame(text, text);
}

/** `at a.b.C.method(File.java:12)`, `at method (/app/x.js:1:2)`, `at /app/x.js:1:2`, `at N.C.M(T a) in /src/F.cs:line 12` */
function atFrame(text: string): ParsedFrame | undefined {
  const body = text.slice(3).replace(/^(?:async |new )+/, '');
  const source = body.lastIndexOf(' in ');
  const dotnet = source > 0 ? /^(.+):line (\d+)$/.exec(body.slice(source + 4)) : null;
  if (dotnet) return frame(text, body.slice(0, body.indexOf('(', 1)), dotnet[1], dotnet[2]);
  const open = body.indexOf('(') === 0 ? -1 : body.indexOf('(');
  if (open < 0) {
    const place = placeOf(body);
    if (place) return frame(text, '', place.file, place.line);
    return /^<anonymous>$|^[\w$.<>]+$/.test(body) ? frame(text, body) : undefined;
  }
  // Node separates the place with a blank, Java writes it behind the name.
  const node = body.lastIndexOf(' (');
  const from = node > 0 ? node + 2 : open + 1;
  const close = body.indexOf(')', from);
  if (close < 0) return undefined;
  const inside = body.slice(from, close);
  const place = placeOf(inside);
  const name = node > 0 ? body.slice(0, node).replace(/ \[as .*\]$/, '') : body.slice(0, open);
  if (place) return frame(text, name, place.file, place.line);
  // A sentence is no frame: `at first (sight)`.
  if (node > 0 && !/^(?:native|<anonymous>|node:\S+|index \d+)$/.test(inside)) return undefined;
  return /\s/.test(name.replace(/ /g, node > 0 ? '' : ' ')) ? undefined : frame(text, name);
}

/** `File "/app/x.py", line 12, in handle` */
function pythonFrame(text: string, next: string | undefined): ParsedFrame | undefined {
  const match = /^File "([^"]*)", line (\d+)(?:, in (.+))?$/.exec(text);
  if (!match) return undefined;
  const code = next !== undefined && /^\s{4}/.test(next) && !next.trim().startsWith('File "');
  return { ...frame(text, match[3] ?? '', match[1], match[2]), lines: code ? 2 : 1 };
}

/** `/app/x.rb:12:in 'Shop#pay'`, with the error's message behind it in the first line. */
function rubyFrame(body: string, text: string): ParsedFrame | undefined {
  const at = body.indexOf(":in '") < 0 ? body.indexOf(':in `') : body.indexOf(":in '");
  if (at < 0) return undefined;
  const place = placeOf(body.slice(0, at));
  const close = body.indexOf("'", at + 5);
  if (!place || close < 0 || /\s/.test(place.file)) return undefined;
  return frame(text, body.slice(at + 5, close), place.file, place.line);
}

/** `#0 /app/x.php(12): Shop->pay()`, `#1 {main}` */
function phpFrame(text: string): ParsedFrame | undefined {
  const match = /^#\d+ (?:([^():]+)\((\d+)\): |\[internal function\]: )(.+)$/.exec(text);
  if (!match) return /^#\d+ \{main\}$/.test(text) ? frame(text, '{main}') : undefined;
  const name = match[3] ?? '';
  return frame(text, name.includes('(') ? name.slice(0, name.indexOf('(')) : name, match[1], match[2]);
}

/** `3: shop::pay::h0123456789abcdef`, and `at src/main.rs:4:5` below it. */
function rustFrame(text: string, next: string | undefined): ParsedFrame | undefined {
  const colon = text.indexOf(': ');
  if (colon < 1 || colon > 4) return undefined;
  const name = text.slice(colon + 2).replace(/^0x[\da-f]+ - /, '');
  const below = next?.trim();
  if (below?.startsWith('at ')) {
    const place = placeOf(below.slice(3));
    if (place) return { ...frame(text, name, place.file, place.line), lines: 2 };
  }
  return /^[\w<>:&*{}#[\], '()-]+$/.test(name) &&
    (name.includes('::') || /^(?:main|_start|__libc_start\w*)$/.test(name))
    ? frame(text, name)
    : undefined;
}

/** `main.pay(0xc000012345, …)` or zap's `main.pay`, and its tabulated place below it. */
function goFrame(line: string, text: string, next: string | undefined): ParsedFrame | undefined {
  if (next === undefined || line.startsWith('\t') || !/^\s+\S+\.(?:go|s):\d+(?: |$)/.test(next.slice(0, LONGEST)))
    return undefined;
  const place = placeOf(next.trim().split(' ')[0] ?? '');
  const name = text
    .replace(/^created by /, '')
    .replace(/ in goroutine \d+$/, '')
    .replace(/\((?:0x|\.\.\.|\{|\)|[^()*]*$).*$/, '');
  if (!place || !/^[\w./*()%@·[\]{}-]+$/.test(name)) return undefined;
  return { ...frame(text, name, place.file, place.line), lines: 2 };
}

/** `file:12` or `file:12:34` */
function placeOf(text: string): { file: string; line: string } | undefined {
  const match = /:(\d{1,9})(?::\d{1,9})?$/.exec(text);
  return match && match.index > 0 ? { file: text.slice(0, match.index), line: match[1] as string } : undefined;
}

function frame(text: string, name: string, file?: string, line?: string): ParsedFrame {
  return {
    text,
    name,
    lines: 1,
    ...(file === undefined ? {} : { file: file.replace(/^file:\/\//, '') }),
    ...(line === undefined ? {} : { line: Number(line) }),
  };
}
