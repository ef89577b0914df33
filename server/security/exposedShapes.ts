/**
 * Secrets that can be nothing else: forms with a provider's own prefix and full length, and whole private keys. Redaction
 * (`secretShapes.ts`) takes everything that might be one; this list only what must be one.
 */
export interface ExposedSecret {
  /** What it is, for a person. */
  kind: string;
  /** The part that all of its kind have in common: safe to show. */
  prefix: string;
  /** 1-based. */
  line: number;
}

const SHAPES: readonly { kind: string; prefix: string; pattern: RegExp }[] = [
  { kind: 'AWS access key', prefix: 'AKIA', pattern: /(?<![A-Za-z0-9])AKIA[A-Z2-7]{16}(?![A-Za-z0-9])/g },
  { kind: 'GitHub token', prefix: 'gh?_', pattern: /(?<![\w])gh[pousr]_[A-Za-z0-9]{36}(?!\w)/g },
  { kind: 'GitHub token', prefix: 'github_pat_', pattern: /(?<!\w)github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}(?!\w)/g },
  { kind: 'GitLab token', prefix: 'glpat-', pattern: /(?<![\w-])glpat-[\w-]{20}(?![\w-])/g },
  {
    kind: 'Slack token',
    prefix: 'xox',
    pattern: /(?<![\w-])xox[abprs]-\d{10,13}-\d{10,13}-[A-Za-z0-9-]{24,80}(?![\w-])/g,
  },
  {
    kind: 'Slack webhook',
    prefix: 'hooks.slack.com',
    pattern: /hooks\.slack\.com\/services\/T[A-Z0-9]{8,12}\/B[A-Z0-9]{8,12}\/[A-Za-z0-9]{24}(?!\w)/g,
  },
  { kind: 'Stripe live key', prefix: 'sk_live_', pattern: /(?<!\w)[sr]k_live_[A-Za-z0-9]{24,100}(?!\w)/g },
  { kind: 'OpenAI key', prefix: 'sk-', pattern: /(?<![\w-])sk-(?:proj-|svcacct-)?[\w-]{20,100}T3BlbkFJ[\w-]{20,100}/g },
  { kind: 'Anthropic key', prefix: 'sk-ant-', pattern: /(?<![\w-])sk-ant-(?:api|admin)\d\d-[\w-]{80,120}(?![\w-])/g },
  { kind: 'Google API key', prefix: 'AIza', pattern: /(?<![\w-])AIza[\w-]{35}(?![\w-])/g },
  { kind: 'Hugging Face token', prefix: 'hf_', pattern: /(?<!\w)hf_[A-Za-z]{34}(?!\w)/g },
  { kind: 'npm token', prefix: 'npm_', pattern: /(?<!\w)npm_[A-Za-z0-9]{36}(?!\w)/g },
  { kind: 'SendGrid key', prefix: 'SG.', pattern: /(?<!\w)SG\.[\w-]{22}\.[\w-]{43}(?![\w-])/g },
  {
    kind: 'private key',
    prefix: '-----BEGIN',
    // At least three whole lines of it; an encrypted one is guarded by its passphrase.
    pattern: /-----BEGIN (?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----\r?\n(?:[A-Za-z0-9+/=]{40,76}\r?\n){2,200}/g,
  },
];
/** Keys of documentation and of tests say so, or repeat themselves. */
const NOT_REAL =
  /example|sample|dummy|fake|placeholder|redacted|changeme|your[-_]?|x{5}|0{6}|1{6}|a{6}|12345|abcdef|qwerty|deadbeef/i;
const MIN_DISTINCT = 10;

export function exposedSecretsIn(text: string): ExposedSecret[] {
  const found: ExposedSecret[] = [];
  for (const { kind, prefix, pattern } of SHAPES) {
    for (const match of text.matchAll(pattern)) {
      const [secret] = match;
      const body = secret.slice(prefix.length);
      if (kind !== 'private key' && (NOT_REAL.test(body) || new Set(body).size < MIN_DISTINCT)) continue;
      found.push({ kind, prefix, line: text.slice(0, match.index).split('\n').length });
    }
  }
  return found.sort((a, b) => a.line - b.line);
}
