/** A value that must not leave, with the name that stands for it. */
export interface Secret {
  name: string;
  value: string;
}

/** Names of variables and keys whose value is a secret, by whole words in upper case. */
const SECRET_NAME =
  /(?:^|_)(?:\w*KEYS?|\w*SECRETS?|\w*TOKENS?|PASS|\w*PASSWORDS?|PASSWD|PASSPHRASE|PASSCODE|PW|PWD|CREDENTIALS?|PRIVATE|AUTH|BEARER|SALT|PEPPER|HMAC|JWT|COOKIE|SIGNING|SIGNATURE|LICEN[CS]E|WEBHOOK|PIN|OTP|ACCESS_(?:KEY|CODE|TOKEN))(?:_(?:KEY|SECRET|TOKEN|VALUE|CURRENT|OLD|PRIMARY|SECONDARY|PROD|DEV|LIVE|TEST|[A-Z]?\d+|BASE64|B64|HEX))*$|(?:PASSWORD|SECRET|_KEY_|^KEY_|TOKEN)/;
/** Names that hold such a word and say something about the secret. */
const NOT_SECRET_NAME =
  /(?:^|_)(?:PUBLIC_KEY|KEYSPACE|MONKEY|PRIMARY_KEY|FOREIGN_KEY|SORT_KEY|PARTITION_KEY|CACHE_KEY|ROUTING_KEY)$|(?:^|_)(?:TOKENIZER\w*|MAX_\w*TOKENS?|\w*TOKENS?_(?:PER|LIMIT|BUDGET)\w*|KEYCLOAK\w*|KEYBOARD\w*)$|_(?:TTL|TIMEOUT|LENGTH|ENABLED|DISABLED|REQUIRED|URL_PREFIX|FILE|PATH|DIR|NAME|NAMES|DOMAIN|HOST|PORT|MODE|TYPE|PROVIDER|ISSUER|AUDIENCE|ALGORITHM|ALGO|EXPIRES?|EXPIRES_IN|EXPIRY|EXPIRATION|LIFETIME|MAX_AGE|SAMESITE|SECURE|PREFIX|HEADER|USER|USERNAME|ROLE|REGION|LEVEL|COUNT|SIZE|LIMIT|SCOPES?|ENDPOINT|ROUNDS|DAYS|HOURS|MINUTES|SECONDS|MS|FORMAT|FIELD|STRATEGY|BACKEND|METHOD|STORE|POLICY)$/;
/** Values that are no secret under any name: flags, small numbers, addresses of this machine. */
const PLAIN_VALUE =
  /^(?:true|false|yes|no|on|off|null|none|undefined|enabled|disabled|info|debug|localhost|\d{1,5}|127\.0\.0\.1)$/i;
const URL_USER = /\b[a-z][a-z0-9+.-]{0,30}:\/\/([^\s/:@]*):([^\s@/]+(?:@[^\s@/]+)*)@/i;
const URL_TOKEN = /^https?:\/\/([A-Za-z0-9_-]{16,})@/;
const QUERY_SECRET = /[?&;](?:password|pwd|token|key|api_?key|secret|sig|signature|access_token)=([^&;\s]{6,})/gi;
const KEYWORD_PASSWORD = /\b(?:password|pwd|passwd)\s*=\s*('[^']*'|[^;\s]+)/i;
/** A secret that is also an ordinary word would tear holes into every sentence; such passwords protect nothing. */
const ORDINARY =
  /^(?:postgres|postgresql|mysql|mariadb|mongo|mongodb|redis|root|admin|user|test|demo|guest|app|web|api|database|service|server|development|production)$/i;
const MIN_LENGTH = 4;

/**
 * The secret values in name/value pairs, longest first so that one that holds another is replaced whole.
 * @param publicWords names of users, databases, hosts and services: a password that equals one of them is no secret, and
 *   to replace it everywhere would make every sentence unreadable
 */
export function secretsIn(
  pairs: readonly { name: string; value: string | undefined }[],
  publicWords: ReadonlySet<string> = new Set(),
): Secret[] {
  const found = new Map<string, Secret>();
  const add = (name: string, value: string): void => {
    const plain = value.trim();
    if (plain.length < MIN_LENGTH || PLAIN_VALUE.test(plain) || ORDINARY.test(plain)) return;
    if (!publicWords.has(plain) && !found.has(plain)) found.set(plain, { name, value: plain });
  };
  for (const { name, value } of pairs) {
    if (value === undefined || value === '') continue;
    const credentials = URL_USER.exec(value);
    if (credentials?.[2]) {
      add(name, credentials[2]);
      add(name, decoded(credentials[2]));
    }
    const token = URL_TOKEN.exec(value)?.[1];
    if (token) add(name, token);
    for (const [, parameter] of value.matchAll(QUERY_SECRET)) if (parameter) add(name, decoded(parameter));
    const keyword = KEYWORD_PASSWORD.exec(value)?.[1];
    if (keyword) add(name, keyword.replace(/^'|'$/g, ''));
    // A password that broke its URL (an unescaped '/' or '#') is found by the whole of what stands between ':' and the last '@'.
    const broken = /^[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*:(.+)@[^@]*$/is.exec(value)?.[1];
    if (broken) add(name, broken);
    // Cut off by a '#' before its '@': what follows the user is a piece of the password, unless it is a port.
    const cut = /^[a-z][a-z0-9+.-]*:\/\/[^\s:@/]+:(?!\d{1,5}(?:[/?]|$))([^@\s]+)$/i.exec(value)?.[1];
    if (cut) add(name, cut);
    if (isSecretName(name) && !credentials && !/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) add(name, value);
  }
  return [...found.values()].sort((a, b) => b.value.length - a.value.length);
}

/** A name's last words say what it holds. */
const MAX_NAME = 80;

/** `apiKey`, `api-key` and `API_KEY` are one name. */
export function isSecretName(name: string): boolean {
  const plain = name
    .slice(-MAX_NAME)
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[-.]/g, '_')
    .toUpperCase();
  return SECRET_NAME.test(plain) && !NOT_SECRET_NAME.test(plain);
}

/** `"apiKey": "…"`, `SECRET_KEY = '…'`, `password: …`; group 1 is the key, 2 the quoted, 3 the bare value. */
const ASSIGNED =
  /^[ \t{,]*(?:(?:export|const|let|var) +){0,2}["']?([A-Za-z_][\w.-]{0,60})["']?[ \t]*[:=][ \t]*(?:["']([^"'\n]{6,})["']|([^\s"'#,;(){}[\]]{6,})[ \t\r]*$)/gm;
/** A bare word is the name of something; a secret has a digit, a sign or many letters. */
const WORD = /^[A-Za-z]{1,15}$/;
const CODE = /\$\{|\{\{|<%|process\.env|os\.environ|getenv|=>|^(?:[a-z]\w*\.)+\w+$/;

/** Name/value pairs of a configuration or source file whose value is a literal secret. */
export function literalSecretsIn(text: string): { name: string; value: string }[] {
  return [...text.matchAll(ASSIGNED)].flatMap(([, name = '', quoted, bare]) => {
    const value = quoted ?? bare ?? '';
    return isSecretName(name) && !WORD.test(value) && !CODE.test(value) && !/\s/.test(value) ? [{ name, value }] : [];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
