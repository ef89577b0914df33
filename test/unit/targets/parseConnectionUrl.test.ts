// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts under test hold placeholders
import { describe, expect, it } from 'vitest';
import {
  expandValue,
  parseConnectionUrl,
  parseHostPort,
} from '../../../server/diagnosis/targets/parseConnectionUrl.ts';

const addressOf = (text: string) => {
  const url = parseConnectionUrl(text);
  return url.kind === 'address' ? url.address : url.kind;
};

describe('connection strings', () => {
  it.each([
    ['postgres://app:s%40crt@db.local:5433/shop', 'postgres', 'db.local', 5433, 'app', 's@crt', 'shop'],
    ['postgresql+asyncpg://app:pw@localhost/shop', 'postgres', 'localhost', 5432, 'app', 'pw', 'shop'],
    ['jdbc:postgresql://localhost:5432/shop?user=app&password=pw', 'postgres', 'localhost', 5432, 'app', 'pw', 'shop'],
    ['postgresql:///shop?host=10.0.0.5&port=6000&user=app', 'postgres', '10.0.0.5', 6000, 'app', undefined, 'shop'],
    ['postgres://app:pw@one:5432,two:5432/shop', 'postgres', 'one', 5432, 'app', 'pw', 'shop'],
    ['postgres://app:pw@[::1]:5432/shop', 'postgres', '::1', 5432, 'app', 'pw', 'shop'],
    ['psql://app:pw@localhost/shop', 'postgres', 'localhost', 5432, 'app', 'pw', 'shop'],
    ['mysql+pymysql://root:pw@127.0.0.1/shop', 'mysql', '127.0.0.1', 3306, 'root', 'pw', 'shop'],
    ['redis://:pw@cache:6380/2', 'redis', 'cache', 6380, undefined, 'pw', '2'],
    ['amqp://guest:guest@mq', 'amqp', 'mq', 5672, 'guest', 'guest', undefined],
    ['host=db port=5433 user=app password=pw dbname=shop', 'postgres', 'db', 5433, 'app', 'pw', 'shop'],
    ["host=db user=app password='p w' dbname=shop", 'postgres', 'db', 5432, 'app', 'p w', 'shop'],
    ['Host=db;Port=5433;Username=app;Password=pw;Database=shop', 'postgres', 'db', 5433, 'app', 'pw', 'shop'],
    ['Server=tcp:sql.local,1433;Initial Catalog=shop;User ID=sa', 'tcp', 'sql.local', 1433, 'sa', undefined, 'shop'],
  ])('%s', (text, engine, host, port, user, password, database) => {
    expect(addressOf(text)).toMatchObject({ engine, host, port, user, password, database });
  });

  it.each([
    ['postgresql:///shop', 'socketFile'],
    ['postgresql:///shop?host=/var/run/postgresql', 'socketFile'],
    ['postgresql://%2Fvar%2Frun%2Fpostgresql/shop', 'socketFile'],
    ['host=/var/run/postgresql dbname=shop', 'socketFile'],
    ['sqlite:///data/shop.db', 'notConnection'],
    ['file:./dev.db', 'notConnection'],
    ['mongodb+srv://app:pw@cluster0.example.net/shop', 'notConnection'],
    ['postgres://${DB_USER}:${DB_PASSWORD}@${DB_HOST}/shop', 'notConnection'],
    ['postgres://{user}:{password}@{host}/shop', 'notConnection'],
    ['postgres://<user>:<password>@localhost/shop', 'notConnection'],
    ['postgres://%s:%s@%s/%s', 'notConnection'],
    ['http://*:8080', 'notConnection'],
    ['driver://user:pass@localhost/dbname', 'notConnection'],
    ['postgres://app:pw@localhost:54x2/shop', 'invalid'],
    ['postgres://app:p#w@localhost/shop', 'invalid'],
    ['hello world', 'notConnection'],
  ])('%s is %s', (text, kind) => expect(addressOf(text)).toBe(kind));

  it('names what is wrong without the value', () => {
    const url = parseConnectionUrl('postgres://app:top#secret@localhost/shop');
    expect(url).toMatchObject({ kind: 'invalid' });
    expect(JSON.stringify(url)).not.toContain('secret@');
    expect(JSON.stringify(url)).not.toContain('top');
  });
});

describe('host:port', () => {
  it.each([
    ['localhost:6379', { host: 'localhost', port: 6379 }],
    ['[::1]:9092', { host: '::1', port: 9092 }],
    ['a:9092,b:9093', { host: 'a', port: 9092 }],
  ])('%s', (text, place) => expect(parseHostPort(text)).toEqual(place));

  it.each(['localhost', ':8080', 'a:b', '12:30:45', 'x:0', 'x:70000'])('%s is none', (text) =>
    expect(parseHostPort(text)).toBeUndefined(),
  );
});

describe('references in values', () => {
  const lookup = (name: string) => ({ DB_HOST: 'db', DB_PORT: '5433' })[name];
  it('are filled in, with defaults in both spellings', () => {
    expect(expandValue('pg://${DB_HOST}:${DB_PORT:-5432}/${NAME:shop}', lookup)).toBe('pg://db:5433/shop');
    expect(expandValue('pg://$DB_HOST/x', lookup)).toBe('pg://db/x');
  });
  it('make the value unknown when one has none, but a dollar in a password is no reference', () => {
    expect(expandValue('pg://${OTHER}/x', lookup)).toBeUndefined();
    expect(expandValue('pg://a:pa$word@h/x', lookup)).toBe('pg://a:pa$word@h/x');
  });
});
