import type { Secret } from './secret.ts';

/** Secrets by their shape, wherever they come from. Group 1, where there is one, is kept. */
const SHAPES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['private-key', /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g],
  ['jwt', /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g],
  ['aws-key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ['github-token', /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})\b/g],
  ['api-key', /\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_-]{16,}\b/g],
  ['slack-token', /\bxox[abprs]-[\w-]{10,}/g],
  ['google-key', /\bAIza[\w-]{30,}\b/g],
  ['bearer', /(\b(?:Bearer|Basic)\s+)[A-Za-z0-9._~+/-]{8,}=*/gi],
  ['url-password', /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'‹]*:)(?!‹)[^\s@"'‹]+(?=@)/gi],
  [
    'password',
    /(\b(?:password|passwd|pwd|secret|api_?key|access_?token|auth_?token|client_?secret)["']?\s*[=:]\s*["']?)(?!‹|\s|\$\{|null\b|undefined\b|true\b|false\b|process\.|os\.|required\b|missing\b)[^\s"',;&)}‹]{4,}/gi,
  ],
];

/** Replaces every known secret, in any form that it may have taken on its way, and every text shaped like one. */
export function createRedactor(secrets: readonly Secret[]): (text: string) => string {
  const literal = secrets.flatMap(({ name, value }) =>
    formsOf(value).map((form) => ({ name, pattern: literalPattern(form) })),
  );
  return (text) => {
    let result = text;
    for (const { name, pattern } of literal) result = result.replace(pattern, `‹redacted:${name}›`);
    for (const [name, pattern] of SHAPES)
      result = result.replace(
        pattern,
        (_whole, kept?: unknown) => `${typeof kept === 'string' ? kept : ''}‹redacted:${name}›`,
      );
    return result;
  };
}

/** As written, JSON-escaped, percent-encoded and base64. */
function formsOf(value: string): string[] {
  const encoded = encodeURIComponent(value);
  return [
    ...new Set([
      value,
      JSON.stringify(value).slice(1, -1),
      encoded,
      encoded.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
      ...(value.length >= 6 ? [Buffer.from(value).toString('base64').replace(/=+$/, '')] : []),
    ]),
  ].sort((a, b) => b.length - a.length);
}

/** A short value is replaced only as a whole word, so that it does not tear words that happen to hold it. */
function literalPattern(value: string): RegExp {
  const escaped = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return value.length < 8 && /^\w+$/.test(value)
    ? new RegExp(String.raw`(?<!\w)${escaped}(?!\w)`, 'g')
    : new RegExp(escaped, 'g');
}
