// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts under test hold placeholders
import { describe, expect, it } from 'vitest';
import { readSourceFacts } from '../../../server/diagnosis/source/sourceFacts.ts';
import { discoverTargets } from '../../../server/diagnosis/targets/discoverTargets.ts';
import { isEnvFile } from '../../../server/diagnosis/targets/serviceEnvironment.ts';
import { isEndpoint } from '../../../server/diagnosis/targets/target.ts';
import { parseDotenv } from '../../../server/systems/files/parseDotenv.ts';

const START = '{ "name": "shop", "scripts": { "start": "node app.js" }, "dependencies": { "pg": "^8.0.0" } }';

/** `engine host:port user/password database` of every endpoint of a workspace with these files. */
async function endpointsOf(files: Record<string, string>): Promise<string[]> {
  const names = Object.keys(files);
  const read = async (file: string) => files[file];
  const envFiles = new Map(
    names
      .filter(isEnvFile)
      .map((file) => [file, { ...parseDotenv(files[file] ?? ''), lines: (files[file] ?? '').split('\n') }] as const),
  );
  const targets = await discoverTargets({
    workspace: '/work/shop',
    files: { files: names, read },
    envFiles,
    projects: [],
    source: await readSourceFacts(names, read),
  });
  return targets
    .filter(isEndpoint)
    .map(
      ({ engine, host, port, user, password, database }) =>
        `${engine} ${host}:${port} ${user ?? '-'}/${password ?? '-'} ${database ?? '-'}`,
    );
}

const node = (env: string, code: string, more: Record<string, string> = {}) =>
  endpointsOf({ 'package.json': START, '.env': env, 'app.js': code, ...more });
const python = (files: Record<string, string>) =>
  endpointsOf({ Procfile: 'web: python3 app.py\n', 'app.py': '', ...files });

describe('addresses in variables', () => {
  it.each([
    [
      'STORE_DSN=postgres://app:pw1234@127.0.0.1:6001/store\n',
      'process.env.STORE_DSN',
      'postgres 127.0.0.1:6001 app/pw1234 store',
    ],
    [
      'DB_HOST=10.1.1.1\nDB_PORT=6002\nDB_USER=app\nDB_PASSWORD=pw1234\nDB_NAME=shop\n',
      'process.env.DB_HOST; process.env.DB_PORT',
      'postgres 10.1.1.1:6002 app/pw1234 shop',
    ],
    [
      'DB_HOST=localhost\nDB_PORT=6003\nPOSTGRES_USER=app\nPOSTGRES_PASSWORD=pw1234\nPOSTGRES_DB=shop\n',
      'process.env.DB_HOST',
      'postgres localhost:6003 app/pw1234 shop',
    ],
    [
      'PGHOST=localhost\nPGPORT=6004\nPGUSER=app\nPGPASSWORD=pw1234\nPGDATABASE=shop\n',
      'new Pool()',
      'postgres localhost:6004 app/pw1234 shop',
    ],
    ['APP_DB_HOST=localhost\nAPP_DB_PORT=6005\n', 'process.env.APP_DB_HOST', 'postgres localhost:6005 -/- -'],
    [
      'SESSION_REDIS_HOST=localhost\nSESSION_REDIS_PORT=6006\n',
      'process.env.SESSION_REDIS_HOST',
      'redis localhost:6006 -/- -',
    ],
    ['REDIS_ADDR=127.0.0.1:6007\nREDIS_PASSWORD=pw1234\n', 'process.env.REDIS_ADDR', 'redis 127.0.0.1:6007 -/pw1234 -'],
    ['DATABASE__HOST=localhost\nDATABASE__PORT=6008\nDATABASE__NAME=shop\n', '', 'postgres localhost:6008 -/- shop'],
    [
      'HOST_OF_DB=db\nDATABASE_URL=postgres://app:pw1234@${HOST_OF_DB}:${DB_PORT:-6009}/shop\n',
      'process.env.DATABASE_URL',
      'postgres db:6009 app/pw1234 shop',
    ],
    [
      'DATABASE_URL=postgres://app@localhost:6010/shop\nDATABASE_PASSWORD=pw1234\n',
      'process.env.DATABASE_URL',
      'postgres localhost:6010 app/pw1234 shop',
    ],
    [
      'MAIL_HOST=localhost\nMAIL_PORT=2525\n',
      'createTransport({ host: process.env.MAIL_HOST, port: process.env.MAIL_PORT })',
      'tcp localhost:2525 -/- -',
    ],
  ])('%j', async (env, code, endpoint) => expect(await node(env, code)).toEqual([endpoint]));

  it('are taken from the code where nothing sets them', async () => {
    expect(
      await node('', "const host = process.env.REDIS_HOST || 'localhost', port = process.env.REDIS_PORT || 6390;"),
    ).toEqual(['redis localhost:6390 -/- -']);
    expect(
      await python({
        'app.py':
          'import os, psycopg2\nHOST = os.getenv("DB_HOST", "127.0.0.1")\nPORT = int(os.getenv("DB_PORT", "6011"))\n',
      }),
    ).toEqual(['postgres 127.0.0.1:6011 -/- -']);
  });

  it.each([
    ['a sample', { '.env.sample': 'DATABASE_URL=postgres://app:pw@nowhere/shop\n' }],
    ['the environment of tests', { '.env.test': 'DATABASE_URL=postgres://app:pw@nowhere/shop\n' }],
    ['a comment', { '.env': '# DATABASE_URL=postgres://app:pw@nowhere/shop\n' }],
    ['a leftover that nothing reads', { '.env': 'LEGACY_URL=postgres://app:pw@nowhere/shop\n' }],
    ['a switched-off part', { '.env': 'REDIS_URL=redis://nowhere\nREDIS_ENABLED=false\n' }],
    ['a file of sqlite', { '.env': 'DATABASE_URL=sqlite:///shop.db\n' }],
    ['a socket file', { '.env': 'DATABASE_URL=postgresql:///shop?host=/var/run/postgresql\n' }],
    ['where the service listens', { '.env': 'HOST=0.0.0.0\nPORT=8000\nLISTEN_ADDR=127.0.0.1:8000\n' }],
    ['the public URL of the service itself', { '.env': 'APP_URL=http://localhost:8000\nPORT=8000\n' }],
    ['settings of reports that only go out', { '.env': 'SENTRY_DSN=https://key@sentry.invalid/1\n' }],
  ])('%s gives none', async (_, files) => {
    const code =
      'process.env.DATABASE_URL; process.env.REDIS_URL; process.env.REDIS_ENABLED; process.env.PORT; process.env.LISTEN_ADDR; process.env.APP_URL; process.env.SENTRY_DSN';
    expect(await node('', code, files)).toEqual([]);
  });

  it('keeps several databases apart', async () => {
    const env = 'DATABASE_URL=postgres://a:pw1234@localhost:1/one\nREPLICA_URL=postgres://a:pw1234@localhost:2/one\n';
    expect(await node(env, 'process.env.DATABASE_URL; process.env.REPLICA_URL')).toEqual([
      'postgres localhost:1 a/pw1234 one',
      'postgres localhost:2 a/pw1234 one',
    ]);
  });
});

describe('addresses in files', () => {
  it.each([
    [
      'config/database.yml',
      'default: &default\n  adapter: postgresql\n  host: <%= ENV.fetch("DB_HOST") { "localhost" } %>\n  port: 6101\n  username: app\n  password: pw1234\n\ndevelopment:\n  <<: *default\n  database: shop_dev\n\ntest:\n  <<: *default\n  database: shop_test\n',
      'postgres localhost:6101 app/pw1234 shop_dev',
    ],
    [
      'config.json',
      '{\n  "server": { "host": "127.0.0.1", "port": 8080 },\n  "database": {\n    "host": "127.0.0.1",\n    "port": 6102,\n    "user": "app",\n    "password": "pw1234",\n    "database": "shop"\n  }\n}\n',
      'postgres 127.0.0.1:6102 app/pw1234 shop',
    ],
    [
      'settings.py',
      "import os\nDATABASES = {\n    'default': {\n        'ENGINE': 'django.db.backends.postgresql',\n        'NAME': 'shop',\n        'USER': os.environ.get('DB_USER', 'app'),\n        'PASSWORD': 'pw1234',\n        'HOST': 'localhost',\n        'PORT': '6103',\n    }\n}\n",
      'postgres localhost:6103 app/pw1234 shop',
    ],
    [
      'knexfile.js',
      "module.exports = {\n  development: {\n    client: 'pg',\n    connection: { host: '127.0.0.1', port: 6104, user: 'app', password: 'pw1234', database: 'shop' },\n  },\n  production: { client: 'pg', connection: 'postgres://prod.invalid/shop' },\n};\n",
      'postgres 127.0.0.1:6104 app/pw1234 shop',
    ],
    [
      'db.js',
      "const { Pool } = require('pg');\nmodule.exports = new Pool({\n  host: 'localhost',\n  port: 6105,\n  user: 'app',\n  password: 'pw1234',\n  database: 'shop',\n});\n",
      'postgres localhost:6105 app/pw1234 shop',
    ],
    [
      'store.py',
      'import psycopg2\n\ndef connect():\n    return psycopg2.connect(host="localhost", port=6106, user="app", password="pw1234", dbname="shop")\n',
      'postgres localhost:6106 app/pw1234 shop',
    ],
    [
      'src/main/resources/application.properties',
      'server.port=8080\nspring.datasource.url=jdbc:postgresql://${DB_HOST:localhost}:${DB_PORT:6107}/shop\nspring.datasource.username=app\nspring.datasource.password=pw1234\n',
      'postgres localhost:6107 app/pw1234 shop',
    ],
    [
      'src/main/resources/application.yml',
      'spring:\n  datasource:\n    url: jdbc:postgresql://localhost:6108/shop\n    username: app\n    password: pw1234\n',
      'postgres localhost:6108 app/pw1234 shop',
    ],
    [
      'cache.py',
      'import redis\nclient = redis.Redis(host="localhost", port=6109, db=0)\n',
      'redis localhost:6109 -/- -',
    ],
    [
      'cache.ts',
      "import { createClient } from 'redis';\nconst redis = createClient({ socket: { host: 'localhost', port: 6110 } });\n",
      'redis localhost:6110 -/- -',
    ],
    [
      'alembic.ini',
      '[alembic]\nsqlalchemy.url = postgresql://app:pw1234@localhost:6111/shop\n',
      'postgres localhost:6111 app/pw1234 shop',
    ],
    [
      'app.ini',
      '[server]\nhost = 127.0.0.1\nport = 8000\n\n[database]\nhost = localhost\nport = 6112\nuser = app\npassword = pw1234\nname = shop\n',
      'postgres localhost:6112 app/pw1234 shop',
    ],
    ['config.toml', '[redis]\nhost = "localhost"\nport = 6113\n', 'redis localhost:6113 -/- -'],
    [
      'config/app.yml',
      'http:\n  host: 127.0.0.1\n  port: 8080\nservices:\n  postgres:\n    host: localhost\n    port: 6114\n    user: app\n',
      'postgres localhost:6114 app/- -',
    ],
  ])('%s', async (file, text, endpoint) => expect(await node('', '', { [file]: text })).toEqual([endpoint]));

  it.each([
    ['config/test.json', '{ "database": { "host": "nowhere", "port": 5432 } }'],
    ['config/production.json', '{ "database": { "host": "nowhere", "port": 5432 } }'],
    ['jest.config.js', "module.exports = { db: { host: 'nowhere', port: 5432 } };"],
    ['tests/conftest.py', 'URL = "postgres://nowhere/test"'],
    ['db.test.js', "connect('postgres://nowhere/test')"],
    ['docs/setup.md', 'Use postgres://user:password@nowhere/shop'],
    ['db.js', "// new Pool({ host: 'nowhere', port: 5432 })"],
    ['config.json', '{ "server": { "host": "127.0.0.1", "port": 8080 } }'],
    ['vite.config.js', 'export const config = { server: { host: "127.0.0.1", port: 5173, proxy: {} } };'],
  ])('%s gives none', async (file, text) => expect(await node('', '', { [file]: text })).toEqual([]));

  it('stand back when a variable gives an address of that kind', async () => {
    const env = 'DATABASE_URL=postgres://app:pw1234@localhost:6201/shop\n';
    const files = {
      'alembic.ini': 'sqlalchemy.url = postgresql://user:pass@nowhere/dbname\n',
      'schema.prisma': 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n',
    };
    expect(await node(env, '', files)).toEqual(['postgres localhost:6201 app/pw1234 shop']);
  });
});

describe('hostile files', () => {
  // What is quadratic takes ten seconds and more for each of these.
  it.each([
    ['dots', 'a.'.repeat(60_000)],
    ['blank lines', '\n'.repeat(120_000)],
    ['hosts', '"host": "x1",\n'.repeat(8_000)],
    ['URLs', 'redis://a:1/ '.repeat(9_000)],
    ['words', 'refused '.repeat(15_000)],
  ])('%s are read in linear time', async (_, text) => {
    const begin = performance.now();
    await node(`X_URL=${text.replaceAll('\n', ' ')}\n`, text, { 'config.yml': text, 'app.ini': text });
    expect(performance.now() - begin).toBeLessThan(4_000);
  });
});
