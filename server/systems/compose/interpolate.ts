export interface MissingReference {
  name: string;
  /** Written `${NAME:?…}` or `${NAME?…}`: compose refuses to start without it. */
  required: boolean;
  message: string | undefined;
}

export interface Interpolation {
  text: string;
  missing: MissingReference[];
  /** A `$` that is neither a variable nor `$$`; compose refuses the file. */
  invalid: boolean;
}

/** Nested defaults deeper than this are an attack, not a configuration. */
const MAX_DEPTH = 20;
const NAME = /[A-Za-z_]\w*/y;
const OPERATOR = /:-|-|:\?|\?|:\+|\+/y;

/**
 * Replaces the variables of a compose value: `$V ${V} ${V:-d} ${V-d} ${V:?m} ${V?m} ${V:+x} ${V+x} $$`; defaults may hold variables.
 * A variable without a value becomes the empty text, as in compose.
 */
export function interpolate(text: string, lookUp: (name: string) => string | undefined, depth = 0): Interpolation {
  const result: Interpolation = { text: '', missing: [], invalid: false };
  if (!text.includes('$')) return { ...result, text };
  for (let at = 0; at < text.length; ) {
    const dollar = text.indexOf('$', at);
    if (dollar === -1) {
      result.text += text.slice(at);
      break;
    }
    result.text += text.slice(at, dollar);
    if (text[dollar + 1] === '$') {
      result.text += '$';
      at = dollar + 2;
      continue;
    }
    const reference = readReference(text, dollar);
    if (reference === undefined) {
      result.invalid = true;
      result.text += '$';
      at = dollar + 1;
      continue;
    }
    resolve(reference, lookUp, result, depth);
    at = reference.end;
  }
  return result;
}

interface Reference {
  name: string;
  operator: string;
  operand: string;
  end: number;
}

function readReference(text: string, dollar: number): Reference | undefined {
  const braced = text[dollar + 1] === '{';
  const name = matchAt(NAME, text, dollar + (braced ? 2 : 1));
  if (name === undefined) return undefined;
  if (!braced) return { name, operator: '', operand: '', end: dollar + 1 + name.length };
  const afterName = dollar + 2 + name.length;
  if (text[afterName] === '}') return { name, operator: '', operand: '', end: afterName + 1 };
  const operator = matchAt(OPERATOR, text, afterName);
  const close = operator === undefined ? -1 : closingBrace(text, afterName);
  if (operator === undefined || close === -1) return undefined;
  return { name, operator, operand: text.slice(afterName + operator.length, close), end: close + 1 };
}

function resolve(
  { name, operator, operand }: Reference,
  lookUp: (name: string) => string | undefined,
  result: Interpolation,
  depth: number,
): void {
  const value = lookUp(name);
  const has = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  const addOperand = (): void => {
    if (depth >= MAX_DEPTH) {
      result.invalid = true;
      return;
    }
    const inner = interpolate(operand, lookUp, depth + 1);
    result.text += inner.text;
    result.missing.push(...inner.missing);
    result.invalid ||= inner.invalid;
  };
  if (operator.endsWith('+')) {
    if (has) addOperand();
  } else if (has) result.text += value;
  else if (operator.endsWith('-')) addOperand();
  else {
    const required = operator.endsWith('?');
    const message = required && operand !== '' ? interpolate(operand, lookUp, depth + 1).text : undefined;
    result.missing.push({ name, required, message });
  }
}

/** The '}' that closes the '${' which was opened before `from`; -1 when there is none. */
function closingBrace(text: string, from: number): number {
  let open = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '$' && text[at + 1] === '{') open++;
    else if (text[at] === '}' && --open === 0) return at;
  }
  return -1;
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
