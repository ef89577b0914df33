import { interpolate } from './interpolate.ts';

/**
 * The `.env` next to a compose file as compose reads it for interpolation. It differs from dotenv: '#' starts a comment only
 * after a space, and values may use variables defined above or in the shell unless they stand in single quotes.
 * Lines that cannot be read are left out; judging the file is not this function's task.
 */
export function readComposeEnv(text: string, shell: Readonly<Record<string, string | undefined>>): Map<string, string> {
  const values = new Map<string, string>();
  const lookUp = (name: string): string | undefined => shell[name] ?? values.get(name);
  const assignment = /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*[=:][ \t]*('[^']*'|"(?:\\[\s\S]|[^"\\])*"|[^\r\n]*)/gm;
  for (const [, name, raw = ''] of text.replace(/^\uFEFF/, '').matchAll(assignment)) {
    if (name === undefined) continue;
    if (raw.startsWith("'") && raw.endsWith("'") && raw.length > 1) values.set(name, raw.slice(1, -1));
    else if (raw.startsWith('"') && raw.endsWith('"') && raw.length > 1) {
      values.set(name, interpolate(replaceEscapes(raw.slice(1, -1)), lookUp).text);
    } else values.set(name, interpolate(raw.replace(/(?:^|\s+)#.*$/, '').trim(), lookUp).text);
  }
  return values;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

function replaceEscapes(text: string): string {
  return text.replace(/\\(.)/gs, (whole, character: string) => ESCAPES[character] ?? whole);
}
