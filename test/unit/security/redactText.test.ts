// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts under test hold placeholders
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../server/security/redactText.ts';
import { literalSecretsIn, secretsIn } from '../../../server/security/secret.ts';

const plain = createRedactor([]);
/** Letters that no list of leaked keys holds; the tests join them so that no scanner takes this file for a leak. */
const LETTERS = 'Qz7Wx3Ec9Rv5Tb1Yn8Um2Ik6Ol4Pa0Sd';

describe('texts shaped like secrets', () => {
  it.each([
    ['an AWS key', `Credential=AK${'IA'}ABCDEFGHIJKLMNOP/20260105/eu-west-1`, `AK${'IA'}ABCDEFGHIJKLMNOP`],
    ['an AWS secret', `AWS_SECRET_ACCESS_KEY=${LETTERS}/k+ZZ`, LETTERS],
    ['a GitHub token', `git clone https://x-access-token:gh${'p_'}${LETTERS}@github.com/a/b`, LETTERS],
    ['a GitLab token', `PRIVATE-TOKEN: gl${'pat-'}hG0T-vpPk8NpSLPs`, 'hG0T-vpPk8NpSLPs'],
    ['an npm token', `//registry.example/:_authToken=np${'m_'}${LETTERS}`, LETTERS],
    ['a Slack token', `token=xo${'xb-'}391677156644-${LETTERS} error=x`, LETTERS],
    ['a Slack webhook', `POST https://hooks.slack.com/services/T000/B000/${LETTERS} 404`, LETTERS],
    ['a JWT', `cookie eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${LETTERS} sent`, 'eyJzdWIiOiIxIn0'],
    ['a JWT that was cut', 'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx…', 'eyJzdWIiOiIx'],
    ['a bearer token', `authorization: Bearer ${LETTERS}`, LETTERS],
    ['a bearer token in JSON', `{"headers":{"authorization":"Bearer ${LETTERS}"}}`, LETTERS],
    ['basic authorization', `Authorization: Basic ${Buffer.from(`app:${LETTERS}`).toString('base64')}`, 'YXBw'],
    ['a session cookie', `Set-Cookie: sessionid=${LETTERS}; HttpOnly; Path=/`, LETTERS],
    ['a key in a query', `GET https://maps.example/api?address=x&key=${LETTERS}`, LETTERS],
    ['an API key header', `X-Api-Key: ${LETTERS}`, LETTERS],
    ['a key in quotes', `AuthenticationError apiKey='${LETTERS}' is expired`, LETTERS],
    ['a password with signs', 'retry with pw=ke!!k!76zYxpJC!9', 'ke!!k!76zYxpJC!9'],
    ['a password in JSON', '{"user":"app","password":"a, b&c;d","host":"db"}', 'a, b&c;d'],
    ['a password variable', 'config: DB_PASSWORD=tulip&19, DB_HOST=db', 'tulip'],
    [
      'a URL with a password',
      'could not connect to postgresql://shop_app:ke!!k!7/6z#YJC!9@db.internal:5432/shop',
      'YJC!9',
    ],
    ['a URL with a raw @ in its password', 'dsn redis://:p@ss@w0rd@cache:6379/0', 'ss@w0rd'],
    ['a URL that was cut in its password', 'dsn postgres://app:tulip-Harb…', 'tulip'],
    ['a private key', `-----BEGIN RSA PRIVATE KEY-----\n${LETTERS}\n-----END RSA PRIVATE KEY-----`, LETTERS],
    ['a line of a private key', `${LETTERS}${LETTERS}`, LETTERS],
    ['a card number', 'charge {"card":"4111 1111 1111 1111"}', '1111 1111'],
  ])('%s', (_, text, secret) => {
    const redacted = plain(text);
    expect(redacted).not.toContain(secret);
    expect(redacted).toContain('‹redacted:');
  });

  it.each([
    'connect ECONNREFUSED 127.0.0.1:5432',
    'GET http://localhost:8080/mail?to=ann@example.net 200',
    'password authentication failed for user "app"',
    'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string',
    'Missing required environment variable API_KEY: required by src/config.js',
    'Unexpected token } in JSON at position 12',
    "KeyError: 'PAYMENTS_TOKEN'",
    'image sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'at Object.<anonymous> (/srv/app/node_modules/pg-pool/index.js:45:11)',
    'request 8f14e45f-ceea-467f-a8c1-3d4b5e6f7a8b took 1700000000123456 ns',
    'secret: ${DB_PASSWORD}',
    'const password = process.env.DB_PASSWORD;',
    'tests pass: 12, fail: 0',
    'config.get("auth.token") is not set',
  ])('%s stays as it is', (text) => expect(plain(text)).toBe(text));
});

describe('values of the configuration', () => {
  const redactorFor = (pairs: { name: string; value: string }[], words: string[] = []) =>
    createRedactor(secretsIn(pairs, new Set(words)));

  it('are replaced by the name of their variable, in every form', () => {
    const value = 'a b/c+d&"e\'!9';
    const redact = redactorFor([{ name: 'DB_PASSWORD', value }]);
    const python = encodeURIComponent(value).replace(
      /[!'()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    );
    const forms = [
      value,
      JSON.stringify(value),
      encodeURIComponent(value),
      encodeURIComponent(value).toLowerCase(),
      python,
      python.replaceAll('%2F', '/'),
      Buffer.from(value).toString('base64'),
      Buffer.from(`app:${value}`).toString('base64'),
      Buffer.from(`shop:${value}`).toString('base64'),
      Buffer.from(value).toString('hex'),
    ];
    for (const form of forms) expect(redact(`it says [${form}] here`)).toContain('‹redacted:DB_PASSWORD›');
  });

  it('are found in URLs, keyword strings, queries and broken URLs', () => {
    const redact = redactorFor([
      { name: 'DATABASE_URL', value: 'postgres://app:p%40ss-one@db/x' },
      { name: 'STORE_DSN', value: "host=db user=app password='pass two' dbname=x" },
      { name: 'FEED', value: 'https://feed.example/list?token=pass-three-3' },
      { name: 'BROKEN_URL', value: 'postgres://app:pass#four/4@db/x' },
    ]);
    for (const leak of ['p@ss-one', 'p%40ss-one', 'pass two', 'pass-three-3', 'pass#four/4'])
      expect(redact(`<${leak}>`), leak).toMatch(/^<‹redacted:\w+›>$/);
  });

  it('are replaced also where the text was cut in them', () => {
    const redact = redactorFor([{ name: 'API_KEY', value: 'tulip-Harbour-19-walnut' }]);
    expect(redact('sent tulip-Harbour-1…')).toBe('sent ‹redacted:API_KEY›…');
  });

  it.each([
    ['flags and numbers', 'AUTH_TOKEN_REQUIRED', 'true'],
    ['a setting about tokens', 'MAX_TOKENS', 'four-thousand'],
    ['a file', 'ACCESS_LOG', 'logs/access.log'],
    ['a path to a key', 'PRIVATE_KEY_PATH', '/etc/shop/key.pem'],
    ['a mode', 'AUTH_MODE', 'password'],
    ['a header', 'API_KEY_HEADER', 'x-shop-key'],
    ['an ordinary word', 'DB_PASSWORD', 'postgres'],
  ])('%s are no secrets', (_, name, value) => expect(secretsIn([{ name, value }])).toEqual([]));

  it('that equal a public name do not tear the text apart', () => {
    const redact = redactorFor([{ name: 'DB_PASSWORD', value: 'orders' }], ['orders']);
    expect(redact('orders cannot reach postgres://orders:orders@db/orders')).toBe(
      'orders cannot reach postgres://orders:‹redacted:url-password›@db/orders',
    );
  });

  it('that are short are replaced as whole words only', () => {
    const redact = redactorFor([{ name: 'PIN', value: 'cat7' }]);
    expect(redact('cat7 is not concat7enate')).toBe('‹redacted:PIN› is not concat7enate');
  });
});

describe('secrets written in files', () => {
  it.each([
    ['{ "database": {\n  "password": "tulip-19",\n "apiKey": "k-123456" } }', ['tulip-19', 'k-123456']],
    ["SECRET_KEY = 'django-insecure-81hs#'\nNAME = 'shop'\n", ['django-insecure-81hs#']],
    ['spring.datasource.password=tulip-19\nspring.datasource.username=app-user-1\n', ['tulip-19']],
    ['default:\n  password: tulip-19\n  token_ttl: 3600-900\n', ['tulip-19']],
    ["const secret = process.env.SESSION_SECRET;\nexport const apiToken = 'at-0099-xyz';\n", ['at-0099-xyz']],
    ["<input name='x' password='password'>\ntype: 'password'\ntoken: 'identifier'\n", []],
  ])('%j', (text, values) => expect(literalSecretsIn(text).map(({ value }) => value)).toEqual(values));
});
