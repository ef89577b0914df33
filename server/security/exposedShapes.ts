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
  { kind: 'Stripe live key', prefix: '?k_live_', pattern: /(?<!\w)[sr]k_live_[A-Za-z0-9]{24,100}(?!\w)/g },
  { kind: 'OpenAI key', prefix: 'sk-', pattern: /(?<![\w-])sk-(?:proj-|svcacct-)?[\w-]{20,100}T3BlbkFJ[\w-]{20,100}/g },
  { kind: 'Anthropic key', prefix: 'sk-ant-', pattern: /(?<![\w-])sk-ant-(?:api|admin)\d\d-[\w-]{80,120}(?![\w-])/g },
  { kind: 'Google API key', prefix: 'AIza', pattern: /(?<![\w-])AIza[\w-]{35}(?![\w-])/g },
  { kind: 'Hugging Face token', prefix: 'hf_', pattern: /(?<!\w)hf_[A-Za-z]{34}(?!\w)/g },
  { kind: 'npm token', prefix: 'npm_', pattern: /(?<!\w)npm_[A-Za-z0-9]{36}(?!\w)/g },
  { kind: 'SendGrid key', prefix: 'SG.', pattern: /(?<!\w)SG\.[\w-]{22}\.[\w-]{43}(?![\w-])/g },
  {
    kind: 'private key',
    prefix: 'BEGIN PRIVATE KEY',
    // A whole line of it at least, also with its line ends written as \n; an encrypted one is guarded by its passphrase.
    pattern:
      /-----BEGIN (?:(?:RSA |EC |DSA )?PRIVATE KEY-----(?:\r?\n|\\n)[A-Za-z0-9+/=]{40,76}|OPENSSH PRIVATE KEY-----(?:\r?\n|\\n)b3BlbnNzaC1rZXktdjEAAAAABG5vbmU[A-Za-z0-9+/=]{20,60})(?:\r?\n|\\n)/g,
  },
];
/** Some part of each of them: what holds none of these is not searched further. */
const ANY =
  /AKIA|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|hooks\.slack\.com|k_live_|T3BlbkFJ|sk-ant-|AIza|hf_|npm_|SG\.|PRIVATE KEY/;
/** Keys of documentation and of tests say so, or repeat themselves. */
const NOT_REAL =
  /example|sample|dummy|fake|placeholder|redacted|changeme|your[-_]?|x{5}|0{6}|1{6}|a{6}|12345|abcdef|qwerty|deadbeef/i;
const MIN_DISTINCT = 10;
/** Google's keys for browsers and apps are meant to be seen; they are bound to a site. */
const SHOWN_TO_BROWSERS = /authDomain|firebase|NEXT_PUBLIC_|VITE_|REACT_APP_|google-services|maps\.googleapis/i;

export function exposedSecretsIn(text: string): ExposedSecret[] {
  if (!ANY.test(text)) return [];
  const found: ExposedSecret[] = [];
  for (const { kind, prefix, pattern } of SHAPES) {
    for (const match of text.matchAll(pattern)) {
      if (kind !== 'private key' && !isRandom(match[0].slice(prefix.length))) continue;
      if (kind === 'Google API key' && SHOWN_TO_BROWSERS.test(text)) continue;
      found.push({ kind, prefix, line: text.slice(0, match.index).split('\n').length });
    }
  }
  return found.sort((a, b) => a.line - b.line);
}

/** Made by a machine, not typed as a stand-in. */
export function isRandom(value: string): boolean {
  return !NOT_REAL.test(value) && new Set(value).size >= MIN_DISTINCT;
}
