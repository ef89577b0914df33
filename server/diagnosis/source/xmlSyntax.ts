import { problemAt, type SyntaxProblem } from './syntaxProblem.ts';

const NAME = /[\p{L}_:][\p{L}\p{N}_:.-]*/uy;
const ATTRIBUTE = /\s+([\p{L}_:][\p{L}\p{N}_:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/uy;
const TAG_END = /\s*(\/?>)/y;
const BAD_REFERENCE = /&(?!(?:[\p{L}_][\p{L}\p{N}_.-]*|#\d+|#x[\da-fA-F]+);)/u;

/** The first place at which a text is no well-formed XML: tags, attributes, references. Entities and schemas are not looked at. */
export function xmlProblem(text: string): SyntaxProblem | undefined {
  const open: { name: string; at: number }[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let rooted = false;
  const stop = (offset: number, message: string): SyntaxProblem => problemAt(text, offset, message);
  while (at < text.length) {
    const next = text.indexOf('<', at);
    const between = text.slice(at, next < 0 ? text.length : next);
    const bad = BAD_REFERENCE.exec(between);
    if (bad) return stop(at + bad.index, "'&' must be written &amp;");
    if (open.length === 0 && between.trim() !== '')
      return stop(at + between.search(/\S/), 'text outside of the root element');
    if (next < 0) break;
    const special = skipSpecial(text, next);
    if (special !== undefined) {
      if (special < 0) return stop(next, 'a comment, CDATA section or instruction that is not closed');
      at = special;
      continue;
    }
    const closing = text[next + 1] === '/';
    NAME.lastIndex = next + (closing ? 2 : 1);
    const name = NAME.exec(text)?.[0];
    if (name === undefined) return stop(next, "'<' must be written &lt;");
    at = NAME.lastIndex;
    if (closing) {
      const last = open.pop();
      if (last?.name !== name)
        return stop(
          next,
          last
            ? `</${name}> closes nothing: <${last.name}> of line ${stop(last.at, '').line} is open`
            : `</${name}> closes nothing`,
        );
      TAG_END.lastIndex = at;
      if (TAG_END.exec(text)?.[1] !== '>') return stop(at, `the tag </${name} is not closed`);
      at = TAG_END.lastIndex;
      continue;
    }
    if (open.length === 0 && rooted) return stop(next, 'a second root element');
    rooted = true;
    const begin = next;
    const names = new Set<string>();
    for (ATTRIBUTE.lastIndex = at; ; at = ATTRIBUTE.lastIndex) {
      const attribute = ATTRIBUTE.exec(text);
      if (!attribute) break;
      if (names.has(attribute[1] as string)) return stop(at + 1, `the attribute ${attribute[1]} stands twice`);
      if (BAD_REFERENCE.test(attribute[2] ?? attribute[3] ?? '')) return stop(at + 1, "'&' must be written &amp;");
      names.add(attribute[1] as string);
    }
    TAG_END.lastIndex = at;
    const end = TAG_END.exec(text)?.[1];
    if (end === undefined) return stop(at, `the tag <${name} is not closed, or an attribute is not name="value"`);
    at = TAG_END.lastIndex;
    if (end === '>') open.push({ name, at: begin });
  }
  const last = open.at(-1);
  if (last) return stop(last.at, `<${last.name}> is not closed`);
  return rooted ? undefined : stop(0, 'there is no element');
}

/** Behind a comment, CDATA, instruction or DOCTYPE; -1 when it is not closed, undefined when there is none. */
function skipSpecial(text: string, at: number): number | undefined {
  for (const [begin, end] of [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
  ] as const) {
    if (!text.startsWith(begin, at)) continue;
    const close = text.indexOf(end, at + begin.length);
    return close < 0 ? -1 : close + end.length;
  }
  if (!text.startsWith('<!', at)) return undefined;
  // A DOCTYPE may hold declarations in brackets.
  const bracket = text.indexOf('[', at);
  const plain = text.indexOf('>', at);
  if (bracket < 0 || plain < bracket) return plain < 0 ? -1 : plain + 1;
  const close = text.indexOf(']', bracket);
  const end = close < 0 ? -1 : text.indexOf('>', close);
  return end < 0 ? -1 : end + 1;
}
