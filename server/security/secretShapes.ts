/** A secret that shows by its form, wherever it comes from. */
export interface SecretShape {
  name: string;
  pattern: RegExp;
  /** Tells real ones from what only looks like it. */
  accepts?: (match: string) => boolean;
}

/** Ahead of a secret's value: its name in any spelling (`DB_PASSWORD=`, `"apiKey": "`, `X-Api-Key: `). */
const NAMED =
  /(?:[\w.-]{0,40}(?:passw(?:or)?d|passphrase|pwd|secret|api[-_]?key|access[-_]?key|account[-_]?key|private[-_]?(?:key|token)|auth[-_]?token|access[-_]?token|refresh[-_]?token|id[-_]?token|session[-_]?token|client[-_]?secret|credentials?|signing[-_]?key|encryption[-_]?key)[\w-]{0,40}["']?\s*[=:]\s*|\b(?:pw|pass|token|key|sig|signature|sessionid|session|sid|auth)=)/
    .source;
/** What stands there when a message speaks of a secret rather than showing it. */
const NO_VALUE =
  /(?!["']?(?:‹|\s|\$\{|\{\{|%|<|\*{3}|\[?(?:redacted|filtered|hidden)|(?:null|undefined|none|nil|true|false|required|missing|must|should|cannot|can't|is|was|are|not|no|expected|expired|invalid|incorrect|wrong|authentication|failed|unset|empty|string|number)\b|process\.|os\.|env\.|config\.|settings\.))/
    .source;
/** In quotes up to the next one; bare up to a blank, or to a sign that begins the next pair. */
const VALUE =
  /(?:"[^"‹]{4,}"|'[^'‹]{4,}'|\\"[^"\\‹]{4,}\\"|["']?[^\s"'‹\\]{4,400}?(?=["'\\]|\s|$|[,;&)}\]]+(?:\s|$|["'\w.-]+[=:])))/
    .source;

/** The first group, where there is one, is kept. */
export const SECRET_SHAPES: readonly SecretShape[] = [
  { name: 'private-key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g },
  // A line of a key that stands alone: long base64 with letters of both cases and digits; hashes have one case.
  {
    name: 'key-material',
    pattern: /(?<![\w+/.-])[A-Za-z0-9+/]{56,}={0,2}(?![\w+/])|(?<![\w+/.-])[A-Za-z0-9+/]{22,}==(?![\w+/])/g,
    accepts: (match) => /[a-z]/.test(match) && /[A-Z]/.test(match) && /\d/.test(match),
  },
  { name: 'jwt', pattern: /\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/g },
  { name: 'aws-key', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g },
  { name: 'github-token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,})/g },
  { name: 'gitlab-token', pattern: /\bgl(?:pat|ptt|dt|rt)-[\w-]{12,}/g },
  { name: 'npm-token', pattern: /\bnpm_[A-Za-z0-9]{16,}/g },
  { name: 'hugging-face-token', pattern: /\bhf_[A-Za-z0-9]{16,}/g },
  { name: 'api-key', pattern: /\b(?:sk|pk|rk)[-_](?:(?:live|test|proj|ant|or|svcacct)[-_])?[A-Za-z0-9][\w-]{14,}/g },
  { name: 'twilio-key', pattern: /\bSK[0-9a-f]{32}\b/g },
  { name: 'sendgrid-key', pattern: /\bSG\.[\w-]{12,}(?:\.[\w-]+)?/g },
  { name: 'slack-token', pattern: /\bxox[abeoprs]-[\w-]{10,}|\bxapp-[\w-]{10,}/g },
  {
    name: 'webhook',
    pattern: /(\bhooks\.slack\.com\/(?:services|workflows)\/)[\w/-]+|(\bdiscord(?:app)?\.com\/api\/webhooks\/)[\w/-]+/g,
  },
  { name: 'google-key', pattern: /\bAIza[\w-]{24,}|\bya29\.[\w-]{16,}/g },
  { name: 'authorization', pattern: /(\b(?:Bearer|Basic|Digest)\s+)(?!‹)[A-Za-z0-9._~+/-]{8,}=*/gi },
  {
    name: 'authorization',
    pattern:
      /(\bauthorization["']?\s*[=:]\s*["']?(?:token\s+)?)(?!‹|token\b|bearer\b|basic\b|digest\b)[^\s"'‹,;]{8,}/gi,
  },
  { name: 'cookie', pattern: /(\b(?:set-)?cookie["']?:\s*["']?)(?!‹)[^\s=;"']+=[^\n"'‹]+/gi },
  // The password of a URL ends at its last '@'; `http://host:8080/a?b=c@d` has none.
  {
    name: 'url-password',
    pattern: /(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@"'‹]{0,200}:)(?!‹|\d{1,5}(?:[/?#]|$))[^\s"'‹]{1,500}(?=@)/gi,
  },
  {
    name: 'url-password',
    pattern: /(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@"'‹]{1,200}:)(?!‹|\d{1,5}(?:[/?#…]|$))[^\s"'‹/@]{1,500}(?=…)/gi,
  },
  { name: 'url-token', pattern: /(\bhttps?:\/\/)[A-Za-z0-9_-]{16,}(?=@)/gi },
  {
    name: 'url-token',
    pattern: /([?&](?:key|sig|signature|token|access_token|api_?key|auth|code|secret|password)=)(?!‹)[^\s&"'‹]{6,}/gi,
  },
  { name: 'password', pattern: new RegExp(`(${NAMED})${NO_VALUE}${VALUE}`, 'gi') },
  { name: 'card-number', pattern: /(?<![\w.-])[3-6](?:[ -]?\d){12,18}(?![\w.-])/g, accepts: hasLuhnSum },
];

/** The check digit of card numbers; of other long numbers one in ten has it. */
function hasLuhnSum(text: string): boolean {
  const digits = [...text.replace(/\D/g, '')].reverse().map(Number);
  const sum = digits.reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? digit : digit * 2;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
