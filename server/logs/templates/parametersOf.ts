import { PARAMETER } from './templateText.ts';

/** Longest message that is looked through; what lies behind belongs to the last parameter. */
const MAX_MESSAGE = 65_536;

/**
 * The texts that stand where a template has `<*>`, in order, as the message has them; undefined when the message is not
 * of that template. A parameter ends where the template's next letters first occur, which finds a way whenever there is
 * one, in linear time. White space of a message may be longer than the template's, which has one space for each run.
 * @param template text of a template @param message decoded, as it stands in the log; its further lines count when its first is not enough
 */
export function parametersOf(template: string, message: string): string[] | undefined {
  const whole = message.slice(0, MAX_MESSAGE);
  const feed = whole.indexOf('\n');
  const line = feed < 0 ? undefined : matched(template, whole.slice(0, feed));
  return line ?? matched(template, whole);
}

function matched(template: string, message: string): string[] | undefined {
  const { text, origins } = spacesJoined(message);
  const [head = '', ...literals] = template.split(PARAMETER);
  if (!text.startsWith(head)) return undefined;
  if (literals.length === 0) return text === head ? [] : undefined;
  const values: string[] = [];
  let at = head.length;
  for (const [number, literal] of literals.entries()) {
    const isLast = number === literals.length - 1;
    const end = isLast ? lastEnd(text, at, literal) : text.indexOf(literal, literal === '' ? at + 1 : at);
    if (end < 0) return undefined;
    values.push(message.slice(origins[at], origins[end]).trim());
    at = end + literal.length;
  }
  return values;
}

/** Where the last letters of a template begin at the end of a message; -1: it ends in others. */
function lastEnd(text: string, at: number, literal: string): number {
  const end = text.length - literal.length;
  return end >= at && text.endsWith(literal) ? end : -1;
}

/** Runs of white space and control characters as one space, none at the ends, as in a template; with where each character came from. */
function spacesJoined(message: string): { text: string; origins: Uint32Array } {
  const origins = new Uint32Array(message.length + 1);
  let text = '';
  let spaced = false;
  for (let at = 0; at < message.length; at += 1) {
    const code = message.charCodeAt(at);
    if (code <= 0x20 || code === 0x7f) {
      spaced = text !== '';
      continue;
    }
    if (spaced) {
      origins[text.length] = at - 1;
      text += ' ';
      spaced = false;
    }
    origins[text.length] = at;
    text += message[at];
  }
  origins[text.length] = message.length;
  return { text, origins };
}
