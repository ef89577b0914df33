import type { ConnectionAddress, Engine } from './target.ts';

export type ConnectionUrl =
  | { kind: 'address'; address: ConnectionAddress }
  | { kind: 'socketFile' }
  | { kind: 'invalid'; because: string }
  | { kind: 'notConnection' };

const ENGINES: Readonly<Record<string, { engine: Engine; port: number; tls?: boolean }>> = {
  postgres: { engine: 'postgres', port: 5432 },
  postgresql: { engine: 'postgres', port: 5432 },
  // Spellings of dj-database-url, django-environ, Ecto and SQLAlchemy's extensions.
  postgis: { engine: 'postgres', port: 5432 },
  pgsql: { engine: 'postgres', port: 5432 },
  psql: { engine: 'postgres', port: 5432 },
  timescaledb: { engine: 'postgres', port: 5432 },
  ecto: { engine: 'postgres', port: 5432 },
  mysql: { engine: 'mysql', port: 3306 },
  mysql2: { engine: 'mysql', port: 3306 },
  mariadb: { engine: 'mysql', port: 3306 },
  mongodb: { engine: 'mongodb', port: 27017 },
  redis: { engine: 'redis', port: 6379 },
  rediss: { engine: 'redis', port: 6379, tls: true },
  valkey: { engine: 'redis', port: 6379 },
  valkeys: { engine: 'redis', port: 6379, tls: true },
  amqp: { engine: 'amqp', port: 5672 },
  pyamqp: { engine: 'amqp', port: 5672 },
  amqps: { engine: 'amqp', port: 5671, tls: true },
  http: { engine: 'http', port: 80 },
  https: { engine: 'http', port: 443, tls: true },
  ws: { engine: 'http', port: 80 },
  wss: { engine: 'http', port: 443, tls: true },
  nats: { engine: 'tcp', port: 4222 },
  smtp: { engine: 'tcp', port: 25 },
  smtps: { engine: 'tcp', port: 465, tls: true },
  mqtt: { engine: 'tcp', port: 1883 },
  mqtts: { engine: 'tcp', port: 8883, tls: true },
  kafka: { engine: 'tcp', port: 9092 },
  ldap: { engine: 'tcp', port: 389 },
  ldaps: { engine: 'tcp', port: 636, tls: true },
  memcached: { engine: 'tcp', port: 11211 },
  memcache: { engine: 'tcp', port: 11211 },
  grpc: { engine: 'tcp', port: 0 },
  tcp: { engine: 'tcp', port: 0 },
};
/** Longer values are certificates and documents. */
const MAX_LENGTH = 4_000;
/** A value that code or a template fills in later: `${DB_HOST}`, `{host}`, `%s`, `<password>`, `$(PORT)`. */
const TEMPLATE = /\$\{|\{[\w.[\]'"]*\}|\$\(|%[sd](?![0-9a-f])|%\(\w+\)s|<[\w-]+>|#\{/i;
const HOST = /^(?:[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?\.?|[\da-fA-F:.]+(?:%\w+)?)$/;

/** Reads a URL or a keyword string (`host=… dbname=…`, `Host=…;Port=…`). `because` names what is wrong and holds no value. */
export function parseConnectionUrl(text: string): ConnectionUrl {
  if (text.length > MAX_LENGTH) return { kind: 'notConnection' };
  const value = text.trim().replace(/^jdbc:/, '');
  const scheme = /^([a-z][a-z0-9]*)(?:\+[\w+]+)?:\/\//i.exec(value);
  if (!scheme?.[1]) return keywordString(value);
  const known = ENGINES[scheme[1].toLowerCase()];
  const rest = value.slice(scheme[0].length);
  // The name of a `mongodb+srv` URL has SRV records and need not have an address; `redis+unix` names a file.
  if (!known || rest === '' || TEMPLATE.test(rest) || /\+srv:/i.test(scheme[0])) return { kind: 'notConnection' };
  if (/\+(?:unix|socket):/i.test(scheme[0])) return { kind: 'socketFile' };
  // Several hosts (a cluster): the first stands for it.
  const single = rest.replace(/^((?:[^@/]*@)?)([^/,?]+),[^/?]*/, '$1$2');
  // The scheme is replaced since URL treats special schemes differently.
  let url: URL;
  try {
    url = new URL(`tektra://${single}`);
  } catch {
    return { kind: 'invalid', because: invalidBecause(single) };
  }
  // An unescaped '#', '/' or '?' in a password ends the authority early: what follows still holds the real '@'.
  if (!url.username && /[#?/][^@\s]*@[\w.-]+/.test(single) && /:[^@/]*[#?/]/.test(single))
    return { kind: 'invalid', because: invalidBecause(single) };
  const parameter = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const host = decode(url.hostname.replace(/^\[|\]$/g, '')) || (parameter('host') ?? '');
  if (host.startsWith('/')) return { kind: 'socketFile' };
  if (host === '')
    return url.pathname.length > 1 ? { kind: 'socketFile' } : { kind: 'invalid', because: 'the host is missing' };
  // `http://*:8080` and `http://+:80` say where to listen.
  if (!HOST.test(host)) return { kind: 'notConnection' };
  const database = decode(url.pathname.slice(1));
  return {
    kind: 'address',
    address: {
      engine: known.engine,
      host,
      port: Number(url.port || parameter('port') || known.port),
      user: url.username === '' ? parameter('user') : decode(url.username),
      password: url.password === '' ? parameter('password') : decode(url.password),
      database: database === '' ? parameter('dbname') : database,
      tls: known.tls ?? false,
      sslMode: parameter('sslmode'),
    },
  };
}

function invalidBecause(rest: string): string {
  const authority = rest.split(/[/?]/)[0] ?? '';
  const port = /:([^:@\]]*)$/.exec(authority.slice(authority.lastIndexOf('@') + 1))?.[1];
  if (port !== undefined && !/^\d*$/.test(port) && !rest.includes('#')) return 'the port is not a number';
  if (port !== undefined && Number(port) > 65_535) return 'the port is above 65535';
  if (/[#?/]/.test(rest.slice(0, rest.lastIndexOf('@'))))
    return 'the password holds a character (# / ? @) that must be percent-encoded';
  if (/\s/.test(rest)) return 'it holds a space';
  return 'it is not a valid URL';
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** libpq keywords (`host=db port=5432 dbname=app`) and ADO.NET strings (`Host=db;Port=5432;Database=app`). */
function keywordString(value: string): ConnectionUrl {
  const pairs = new Map(
    [...value.matchAll(/([A-Za-z][\w ]{0,30}?)\s*=\s*('[^']*'|[^;\s]+)/g)].map((pair) => [
      (pair[1] ?? '').toLowerCase().replace(/ /g, ''),
      (pair[2] ?? '').replace(/^'|'$/g, ''),
    ]),
  );
  const written = pairs.get('host') ?? pairs.get('hostaddr') ?? pairs.get('server') ?? pairs.get('datasource');
  const database = pairs.get('dbname') ?? pairs.get('database') ?? pairs.get('initialcatalog');
  if (!written || !database || TEMPLATE.test(value)) return { kind: 'notConnection' };
  if (written.startsWith('/')) return { kind: 'socketFile' };
  // SQL Server writes `tcp:host,port`.
  const [host = '', port] = written.replace(/^tcp:/i, '').split(',');
  if (!HOST.test(host)) return { kind: 'notConnection' };
  return {
    kind: 'address',
    address: {
      engine: port !== undefined ? 'tcp' : pairs.has('uid') ? 'mysql' : 'postgres',
      host,
      port: Number(port ?? pairs.get('port') ?? (pairs.has('uid') ? 3306 : 5432)),
      user: pairs.get('user') ?? pairs.get('username') ?? pairs.get('userid') ?? pairs.get('uid'),
      password: pairs.get('password') ?? pairs.get('pwd'),
      database,
      tls: false,
      sslMode: pairs.get('sslmode'),
    },
  };
}

/** `localhost:6379`, `[::1]:9092`, the first of `a:9092,b:9092`. */
export function parseHostPort(text: string): { host: string; port: number } | undefined {
  const match = /^\s*(?:\[([\da-fA-F:]+)\]|([A-Za-z0-9_][\w.-]*)):(\d{1,5})\s*(?:,|$)/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** Replaces `$NAME`, `${NAME}`, `${NAME:-default}` and Spring's `${NAME:default}`; undefined when one of them has no value. */
export function expandValue(text: string, lookup: (name: string) => string | undefined): string | undefined {
  let complete = true;
  const result = text.replace(
    /\$(?:\{([A-Za-z_]\w*)(?::?-([^}]*)|:([^}]*))?\}|([A-Za-z_]\w*))/g,
    (whole, braced?: string, fallback?: string, spring?: string, plain?: string) => {
      const value = lookup(braced ?? plain ?? '') ?? fallback ?? spring;
      // A '$' in a password is no reference.
      if (value === undefined && plain !== undefined) return whole;
      if (value === undefined) complete = false;
      return value ?? whole;
    },
  );
  return complete ? result : undefined;
}
