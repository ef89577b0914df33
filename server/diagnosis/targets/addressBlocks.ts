import { type AddressEngine, engineOfWords } from './addressEngine.ts';
import type { AddressContext, FoundAddress } from './addressVariables.ts';
import { expandValue } from './parseConnectionUrl.ts';

/**
 * Addresses that are written as separate keys rather than as a URL: `config/database.yml`, `"database": { "host": … }`,
 * Django's DATABASES, knexfiles, `new Pool({ host: … })`, `psycopg2.connect(host=…)`, `spring.redis.host=…`, ini sections.
 * The text is read by its brackets, its indentation or its dotted keys; nothing is executed.
 */
export function addressBlocksIn(file: string, content: string, context: AddressContext): FoundAddress[] {
  const found: FoundAddress[] = [];
  const text = content.replaceAll('\r\n', '\n');
  const lines = text.split('\n');
  let offset = 0;
  let candidates = 0;
  lines.forEach((line, index) => {
    const begin = offset;
    offset += line.length + 1;
    if (found.length >= MAX_ADDRESSES || COMMENT.test(line)) return;
    for (const match of line.matchAll(HOST_KEY)) {
      if (++candidates > MAX_CANDIDATES) return;
      const expression = readExpression(line, match.index + match[0].length);
      const host = evaluate(expression, context, isBareSyntax(file));
      if (!host || !/^[\w.-]+$|^[\da-f:]+$/i.test(host) || /^(?:0\.0\.0\.0|::)$/.test(host)) continue;
      const block = blockAround(file, text, lines, index, begin + match.index, match[1] ?? '');
      if (OTHER_ENVIRONMENT.test(block.path.join(' '))) continue;
      const address = toAddress(file, host, block, context);
      if (address) found.push({ ...address, variable: variableIn(expression), at: { file, line: index + 1 } });
    }
  });
  return found;
}

/** What stands around a URL on line `line` (1-based): user and password in the keys beside it, as in Spring's `datasource`. */
export function surroundingsOf(
  file: string,
  content: string,
  line: number,
  context: AddressContext,
): { user: string | undefined; password: string | undefined; otherEnvironment: boolean } {
  const text = content.replaceAll('\r\n', '\n');
  const lines = text.split('\n');
  const begin = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const key = /^\s*["']?([\w.-]+)["']?\s*[:=]/.exec(lines[line - 1] ?? '')?.[1] ?? '';
  const block = blockAround(file, text, lines, line - 1, begin, key);
  const get = keyReader(file, block.text, context);
  const otherEnvironment = OTHER_ENVIRONMENT.test([key, ...block.path].join(' '));
  return { user: get(...USER_KEYS), password: get(...PASSWORD_KEYS), otherEnvironment };
}

interface Block {
  /** The keys. */
  text: string;
  /** What they stand in, innermost first: names of parents, of the constructor, of the section. */
  path: string[];
}

function blockAround(
  file: string,
  text: string,
  lines: readonly string[],
  index: number,
  position: number,
  key: string,
): Block {
  if (openingBefore(text, position) >= 0) return bracketBlock(text, position);
  return /\.ya?ml$/.test(file) ? indentBlock(lines, index) : sectionBlock(lines, index, key);
}

const COMMENT = /^\s*(?:\/\/|#|\*|\/\*|--|;|<!--)/;
/** `host: `, `"host": `, `HOST': `, `host=`, `:host =>`, `spring.redis.host=`; group 1 is the key with its dotted path. */
const HOST_KEY =
  /(?<![\w$.-])["']?:?((?:[\w-]+\.){0,6}(?:host|hostname|HOST|HOSTNAME))["']?[ \t]*(?:=>|=(?!=)|:(?!:))\s*/g;
const OTHER_ENVIRONMENT = /(?<![a-z])(?:test|testing|production|prod|staging|stage|ci|e2e)(?![a-z])/i;
/** A file with more of them is data rather than configuration. */
const MAX_ADDRESSES = 8;
const MAX_CANDIDATES = 100;
const MAX_BLOCK = 2_000;
const MAX_BLOCK_LINES = 60;

function isBareSyntax(file: string): boolean {
  return /\.(?:ya?ml|ini|cfg|conf|properties)$/.test(file);
}

function toAddress(
  file: string,
  host: string,
  block: Block,
  context: AddressContext,
): Omit<FoundAddress, 'variable' | 'at'> | undefined {
  const get = keyReader(file, block.text, context);
  const written = get('port');
  const port = written === undefined ? undefined : Number(written);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port <= 65_535)) return undefined;
  const dialect = get('adapter', 'dialect', 'client', 'engine', 'driver', 'type', 'connection');
  const known =
    (dialect === undefined ? undefined : engineOfWords([dialect], port, context.drivers)) ??
    // The innermost name tells best: `services: { redis: { host` is a cache although the file is called database.json.
    [
      ...block.path,
      file
        .replace(/\.\w+$/, '')
        .split('/')
        .at(-1) ?? '',
    ]
      .map((name) => engineOfWords([name], port, context.drivers))
      .find((engine) => engine !== undefined) ??
    ofOnlyClient(block.path, context);
  if (!known || (port ?? known.defaultPort) === 0) return undefined;
  return {
    kind: known.kind,
    address: {
      engine: known.engine,
      host,
      port: port ?? known.defaultPort,
      user: get(...USER_KEYS),
      password: get(...PASSWORD_KEYS),
      database:
        known.engine === 'redis' ? undefined : get('database', 'dbname', 'db_name', 'databaseName', 'name', 'db'),
      tls: false,
      sslMode: get('sslmode'),
    },
  };
}

const USER_KEYS = ['user', 'username', 'user_name', 'login'];
const PASSWORD_KEYS = ['password', 'passwd', 'pass'];

/** Reads the first of several keys that has a value. */
function keyReader(
  file: string,
  text: string,
  context: AddressContext,
): (...names: readonly string[]) => string | undefined {
  return (...names) => {
    for (const name of names) {
      const key = new RegExp(
        String.raw`(?<![\w$-])["']?:?(?:[\w-]+\.)*${name}["']?\s*(?:=>|=(?!=)|:(?!:))\s*`,
        'im',
      ).exec(text);
      const value = key
        ? evaluate(readExpression(text, key.index + key[0].length), context, isBareSyntax(file))
        : undefined;
      if (value) return value;
    }
    return undefined;
  };
}

/** `new Client({ host: … })` names no engine; the only client library of the workspace does. */
function ofOnlyClient(path: readonly string[], { drivers }: AddressContext): AddressEngine | undefined {
  const call = path.find((name) => /(?:Pool|Client|createClient|createPool|createConnection|connect)\W*$/.test(name));
  if (call === undefined || /\b(?:net|tls|https?|grpc|socket)\b/.test(call) || drivers.size !== 1) return undefined;
  return engineOfWords([...drivers], undefined, drivers);
}

/** From `index` to the comma, bracket or line end that closes the value. */
function readExpression(text: string, index: number): string {
  let depth = 0;
  let quote = '';
  let at = index;
  for (; at < text.length && at - index < 300; at++) {
    const sign = text[at] as string;
    if (sign === '\n') break;
    if (quote !== '') {
      if (sign === quote) quote = '';
    } else if (sign === '"' || sign === "'" || sign === '`') quote = sign;
    else if ('([{'.includes(sign)) depth++;
    else if (')]}'.includes(sign)) {
      if (--depth < 0) break;
    } else if ((sign === ',' || sign === ';') && depth === 0) break;
  }
  return text.slice(index, at).trim();
}

const REFERENCE =
  /(?:process\.env\.|(?:process\.env|environ|ENV)\[\s*["']|(?:environ\.get|getenv|Getenv|ENV\.fetch|\benv(?:\.\w+)?|\bconfig)\(\s*["'])([A-Za-z_]\w*)["']?/;

function variableIn(expression: string): string | undefined {
  return REFERENCE.exec(expression)?.[1] ?? /\$\{([A-Za-z_]\w*)/.exec(expression)?.[1];
}

/** The value that an expression has in this environment; undefined when that takes more than reading. */
function evaluate(expression: string, { lookup }: AddressContext, bare: boolean): string | undefined {
  const reference = REFERENCE.exec(expression);
  if (reference?.[1]) {
    const rest = expression.slice(reference.index + reference[0].length);
    const fallback = /["'`]([^"'`]*)["'`]|(?:\|\||\?\?|,|\{)\s*(\d+)/.exec(rest);
    return lookup(reference[1]) ?? fallback?.[1] ?? fallback?.[2];
  }
  const literal = /^(["'`])((?:(?!\1).)*)\1/.exec(expression)?.[2];
  const number = /^\d+\b/.exec(expression)?.[0];
  const value = literal ?? number ?? (bare ? expression.replace(/\s+#.*$/, '') : undefined);
  return value === undefined ? undefined : expandValue(value, lookup);
}

const OPENING = '([{';
const CLOSING = ')]}';

function openingBefore(text: string, index: number): number {
  let depth = 0;
  for (let at = index - 1; at >= 0 && index - at < MAX_BLOCK; at--) {
    const sign = text[at] as string;
    if (CLOSING.includes(sign)) depth++;
    else if (OPENING.includes(sign) && --depth < 0) return at;
  }
  return -1;
}

function closingAfter(text: string, index: number): number {
  let depth = 0;
  for (let at = index; at < text.length && at - index < MAX_BLOCK; at++) {
    const sign = text[at] as string;
    if (OPENING.includes(sign)) depth++;
    else if (CLOSING.includes(sign) && --depth < 0) return at;
  }
  return Math.min(text.length, index + MAX_BLOCK);
}

/** The keys between the brackets around `index`, those beside an inner `connection: {` or `socket: {`, and the names of what surrounds them. */
function bracketBlock(text: string, index: number): Block {
  const path: string[] = [];
  let opening = openingBefore(text, index);
  let content = text.slice(opening + 1, closingAfter(text, index));
  for (let level = 0; opening >= 0 && level < 5; level++) {
    const label = /([\w.$'"[\]-]+)\s*(?:=>|[:=])?\s*(?:new\s+)?[\w.]*\s*$/.exec(
      text.slice(Math.max(0, opening - 120), opening),
    )?.[0];
    const before = /[^\n]*$/.exec(text.slice(Math.max(0, opening - 160), opening))?.[0] ?? '';
    path.push(label?.trim() || before);
    if (level === 0 && /(?:const|let|var|=|return|await|new)\s/.test(before)) path.push(before);
    const outer = openingBefore(text, opening);
    if (
      outer >= 0 &&
      /["']?(?:connection|socket|options|replication|write|read|master|credentials)["']?\s*[:=]\s*$/i.test(
        text.slice(0, opening),
      )
    )
      content += `\n${text.slice(outer + 1, opening)}\n${text.slice(closingAfter(text, opening + 1) + 1, closingAfter(text, opening))}`;
    opening = outer;
  }
  return { text: content, path };
}

/** The lines of the same depth around line `index`, and the keys that they stand below. */
function indentBlock(lines: readonly string[], index: number): Block {
  const depthOf = (line: string): number => line.length - line.trimStart().length;
  const depth = depthOf(lines[index] ?? '');
  const belongs = (line: string | undefined): line is string =>
    line !== undefined && (line.trim() === '' || COMMENT.test(line) || depthOf(line) >= depth);
  let first = index;
  while (first > 0 && index - first < MAX_BLOCK_LINES && belongs(lines[first - 1])) first--;
  let last = index;
  while (last + 1 < lines.length && last - index < MAX_BLOCK_LINES && belongs(lines[last + 1])) last++;
  const path: string[] = [];
  let current = depth;
  for (let at = first - 1; at >= 0 && current > 0 && index - at < 10 * MAX_BLOCK_LINES; at--) {
    const line = lines[at] ?? '';
    if (line.trim() === '' || COMMENT.test(line) || depthOf(line) >= current) continue;
    current = depthOf(line);
    path.push(/^\s*-?\s*["']?([\w.-]+)/.exec(line)?.[1] ?? '');
  }
  const own = lines.slice(first, last + 1).filter((line) => !COMMENT.test(line) && depthOf(line) === depth);
  // Rails shares keys by an anchor, and `development:` adds its own below `<<: *default`.
  const development = lines.findIndex((line) => /^(?:development|dev|local):/.test(line));
  if (development >= 0 && path.at(-1) === 'default') {
    const end = lines.findIndex((line, at) => at > development && /^\S/.test(line));
    own.push(...lines.slice(development + 1, end < 0 ? lines.length : end).filter((line) => !COMMENT.test(line)));
  }
  return { text: own.join('\n'), path };
}

/** The section of an ini or toml file, or the properties that share the key's prefix. */
function sectionBlock(file: readonly string[], line: number, key: string): Block {
  const from = Math.max(0, line - 3 * MAX_BLOCK_LINES);
  const lines = file.slice(from, line + 3 * MAX_BLOCK_LINES);
  const index = line - from;
  const prefix = key.includes('.') ? key.slice(0, key.lastIndexOf('.') + 1) : '';
  if (prefix !== '')
    return {
      text: lines.filter((line) => line.trim().startsWith(prefix)).join('\n'),
      path: prefix.split('.').reverse(),
    };
  const isHeading = (line: string): boolean => /^[ \t]*\[{1,2}[^\]]+\]{1,2}[ \t]*$/.test(line);
  const first = lines.slice(0, index).findLastIndex(isHeading);
  const next = lines.findIndex((line, at) => at > index && isHeading(line));
  const heading = first < 0 ? '' : (lines[first] ?? '');
  return {
    text: lines
      .slice(first + 1, next < 0 ? lines.length : next)
      .filter((line) => !COMMENT.test(line))
      .join('\n'),
    path: heading === '' ? [] : [heading],
  };
}
