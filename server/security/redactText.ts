import type { Secret } from './secret.ts';
import { SECRET_SHAPES } from './secretShapes.ts';

interface Literal {
  name: string;
  form: string;
}

/** Texts are cut for display with this sign; what stands ahead of it may be the beginning of a secret. */
const CUT = '…';
/** So many letters of a cut secret give nothing away. */
const MAX_SHOWN = 4;

/** Replaces every known secret, in any form that it may have taken on its way, and every text shaped like one. */
export function createRedactor(secrets: readonly Secret[]): (text: string) => string {
  const literals = secrets
    .flatMap(({ name, value }) => formsOf(value).map((form): Literal => ({ name, form })))
    .sort((a, b) => b.form.length - a.form.length);
  return (text) => {
    let result = text;
    for (const { name, form } of literals)
      if (result.includes(form)) result = result.replace(literalPattern(form), `‹redacted:${name}›`);
    if (result.includes(CUT)) result = redactCut(result, literals);
    for (const { name, pattern, accepts } of SECRET_SHAPES)
      result = result.replace(pattern, (whole, ...groups: unknown[]) => {
        if (accepts && !accepts(whole)) return whole;
        // The captures come ahead of the position of the match.
        const captured = groups.slice(
          0,
          groups.findIndex((group) => typeof group === 'number'),
        );
        return `${captured.find((group) => group !== undefined) ?? ''}‹redacted:${name}›`;
      });
    return result;
  };
}

/** A secret of which the text's cut left only the beginning. */
function redactCut(text: string, literals: readonly Literal[]): string {
  let result = text;
  for (let at = result.indexOf(CUT); at >= 0; at = result.indexOf(CUT, at + 1)) {
    for (const { name, form } of literals) {
      let shown = Math.min(form.length - 1, at);
      while (shown > MAX_SHOWN && !result.startsWith(form.slice(0, shown), at - shown)) shown--;
      if (shown <= MAX_SHOWN) continue;
      const placeholder = `‹redacted:${name}›`;
      result = `${result.slice(0, at - shown)}${placeholder}${result.slice(at)}`;
      at += placeholder.length - shown;
      break;
    }
  }
  return result;
}

/** As written, with its blanks folded, escaped for JSON and HTML, percent-encoded, in hexadecimal and base64. */
function formsOf(value: string): string[] {
  const encoded = encodeURIComponent(value);
  const strict = encoded.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const long = value.length >= 6 ? [...base64Forms(value), Buffer.from(value).toString('hex')] : [];
  const forms = [
    value,
    value.replace(/\s+/g, ' '),
    JSON.stringify(value).slice(1, -1),
    value
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
      .replace(/'/g, '&#x27;'),
    encoded,
    strict,
    strict.replaceAll('%2F', '/'),
    encoded.replaceAll('%20', '+'),
    encoded.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
    ...long,
  ];
  return [...new Set(forms)];
}

/** Base64 of a text that holds the value looks different by where in a group of three bytes the value begins. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  const aligned = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = Math.floor(((shift + bytes.length) * 8) / 6);
    return text.slice(Math.ceil((shift * 8) / 6), whole);
  });
  return [bytes.toString('base64').replace(/=+$/, ''), ...aligned.filter((form) => form.length >= 8)];
}

/** A short value is replaced only as a whole word, so that it does not tear words that happen to hold it. */
function literalPattern(value: string): RegExp {
  const escaped = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return value.length < 8 && /^\w+$/.test(value)
    ? new RegExp(String.raw`(?<!\w)${escaped}(?!\w)`, 'g')
    : new RegExp(escaped, 'g');
}
