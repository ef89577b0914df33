/** A value that must not leave, with the name that stands for it. */
export interface Secret {
  name: string;
  value: string;
}

const SECRET_NAME =
  /KEY|SECRET|TOKEN|PASS(?:WORD|WD|PHRASE|CODE)?(?:_|$)|PASSWORD|PASSWD|(?:^|_)PWD|CREDENTIAL|PRIVATE|(?:^|_)AUTH|SALT|COOKIE|SIGNING|SIGNATURE|WEBHOOK|(?:^|_)PIN(?:_|$)|ACCESS/i;
const NOT_SECRET_NAME =
  /(?:_|^)(?:PUBLIC_KEY|KEYSPACE|KEY_PREFIX|KEY_FILE|KEY_PATH|CERT_PATH|TOKEN_TTL|TOKEN_EXPIRY|PASSWORD_MIN_LENGTH)$|_(?:TTL|TIMEOUT|LENGTH|ENABLED|URL_PREFIX|FILE|PATH|DIR)$/i;
/** Values that are no secret under any name: flags, small numbers, addresses of this machine. */
const PLAIN_VALUE =
  /^(?:true|false|yes|no|on|off|null|none|undefined|enabled|disabled|info|debug|localhost|\d{1,5}|127\.0\.0\.1)$/i;
const URL_USER = /\b[a-z][a-z0-9+.-]*:\/\/([^\s/:@]*):([^\s@/]+(?:@[^\s@/]+)*)@/i;
const URL_TOKEN = /^https?:\/\/([A-Za-z0-9_-]{16,})@/;
const KEYWORD_PASSWORD = /\b(?:password|pwd|passwd)\s*=\s*('[^']*'|[^;\s]+)/i;
/** A secret that is also an ordinary word would tear holes into every sentence; such passwords protect nothing. */
const ORDINARY =
  /^(?:postgres|postgresql|mysql|mariadb|mongo|mongodb|redis|root|admin|user|test|demo|guest|app|web|api|database|service|server|development|production)$/i;
const MIN_LENGTH = 4;

/** The secret values in name/value pairs, longest first so that one that holds another is replaced whole. */
export function secretsIn(pairs: readonly { name: string; value: string | undefined }[]): Secret[] {
  const found = new Map<string, Secret>();
  const add = (name: string, value: string): void => {
    const plain = value.trim();
    if (plain.length >= MIN_LENGTH && !PLAIN_VALUE.test(plain) && !ORDINARY.test(plain) && !found.has(plain))
      found.set(plain, { name, value: plain });
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
    const keyword = KEYWORD_PASSWORD.exec(value)?.[1];
    if (keyword) add(name, keyword.replace(/^'|'$/g, ''));
    // A password that broke its URL (an unescaped '/' or '#') is found by the whole of what stands between ':' and the last '@'.
    const broken = /^[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*:(.+)@[^@]*$/is.exec(value)?.[1];
    if (broken) add(name, broken);
    // Cut off by a '#' before its '@': what follows the user is a piece of the password, unless it is a port.
    const cut = /^[a-z][a-z0-9+.-]*:\/\/[^\s:@/]+:(?!\d{1,5}(?:[/?]|$))([^@\s]+)$/i.exec(value)?.[1];
    if (cut) add(name, cut);
    if (
      SECRET_NAME.test(name) &&
      !NOT_SECRET_NAME.test(name) &&
      !credentials &&
      !/^[a-z][a-z0-9+.-]*:\/\//i.test(value)
    )
      add(name, value);
  }
  return [...found.values()].sort((a, b) => b.value.length - a.value.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
