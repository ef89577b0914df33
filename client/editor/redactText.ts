/**
 * What a support bundle must not carry, and the name that takes its place. The same secret gets the same placeholder,
 * so that the text stays readable.
 */
const rules: readonly [pattern: RegExp, replacement: string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '‹redacted:private-key›'],
  // scheme://user:password@host
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s:/@"']*:[^\s/@"']+@/gi, '$1‹redacted:credentials›@'],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 ‹redacted:authorization›'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, '‹redacted:jwt›'],
  [/\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9_-]{16,}/g, '‹redacted:key›'],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abprs]-[\w-]{10,}/g, '‹redacted:token›'],
  [/\bA(?:KIA|SIA)[A-Z0-9]{16}\b/g, '‹redacted:aws-key›'],
  // NAME=value, "name": "value", name: value – where the name tells that the value is a secret.
  [
    /\b((?:[\w.-]*(?:password|passwd|pwd|secret|token|api_?key|apikey|access_?key|private_?key|credentials?|nonce))["']?\s*[=:]\s*)(?!\s*["']?‹)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;}&"']+)/gi,
    '$1‹redacted›',
  ],
];

/** Takes secrets out of a text, and the user's home folder and name with them. `home` is an absolute path. */
export function redactText(text: string, home: string): string {
  const named = rules.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text);
  return home.length > 1 ? named.replaceAll(home, '~') : named;
}
