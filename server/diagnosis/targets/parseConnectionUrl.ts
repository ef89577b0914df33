import type { Engine } from './target.ts';

/** An address that a service connects to. */
export interface ConnectionAddress {
  engine: Engine;
  host: string;
  port: number;
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
  tls: boolean;
  sslMode: string | undefined;
}

export type ConnectionUrl =
  | { kind: 'address'; address: ConnectionAddress }
  | { kind: 'socketFile' }
  | { kind: 'invalid'; because: string }
  | { kind: 'notConnection' };

const ENGINES: Readonly<Record<string, { engine: Engine; port: number; tls?: boolean }>> = {
  postgres: { engine: 'postgres', port: 5432 },
  postgresql: { engine: 'postgres', port: 5432 },
  postgis: { engine: 'postgres', port: 5432 },
  mysql: { engine: 'mysql', port: 3306 },
  mysql2: { engine: 'mysql', port: 3306 },
  mariadb: { engine: 'mysql', port: 3306 },
  mongodb: { engine: 'mongodb', port: 27017 },
  redis: { engine: 'redis', port: 6379 },
  rediss: { engine: 'redis', port: 6379, tls: true },
  valkey: { engine: 'redis', port: 6379 },
  amqp: { engine: 'amqp', port: 5672 },
  amqps: { engine: 'amqp', port: 5671, tls: true },
  http: { engine: 'http', port: 80 },
  https: { engine: 'http', port: 443, tls: true },
  nats: { engine: 'tcp', port: 4222 },
  tcp: { engine: 'tcp', port: 0 },
};

/** Reads a URL or a keyword string (`host=… dbname=…`, `Host=…;Port=…`). `because` names what is wrong and holds no value. */
export function parseConnectionUrl(text: string): ConnectionUrl {
  const value = text.trim().replace(/^jdbc:/, '');
  const scheme = /^([a-z][a-z0-9]*)(?:\+[\w+]+)?:\/\//i.exec(value);
  if (!scheme?.[1]) return keywordString(value);
  const known = ENGINES[scheme[1].toLowerCase()];
  if (!known) return { kind: 'notConnection' };
  const rest = value.slice(scheme[0].length);
  if (rest.includes('${') || rest === '') return { kind: 'notConnection' };
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
  if (url.hostname === '')
    return url.pathname.length > 1 || url.searchParams.has('host')
      ? { kind: 'socketFile' }
      : { kind: 'invalid', because: 'the host is missing' };
  const database = decode(url.pathname.slice(1));
  return {
    kind: 'address',
    address: {
      engine: known.engine,
      host: decode(url.hostname.replace(/^\[|\]$/g, '')),
      port: url.port === '' ? known.port : Number(url.port),
      user: url.username === '' ? (url.searchParams.get('user') ?? undefined) : decode(url.username),
      password: url.password === '' ? (url.searchParams.get('password') ?? undefined) : decode(url.password),
      database: database === '' ? undefined : database,
      tls: known.tls ?? false,
      sslMode: url.searchParams.get('sslmode') ?? undefined,
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
    [...value.matchAll(/([A-Za-z][\w ]*?)\s*=\s*('[^']*'|[^;\s]+)/g)].map((pair) => [
      (pair[1] ?? '').toLowerCase().replace(/ /g, ''),
      (pair[2] ?? '').replace(/^'|'$/g, ''),
    ]),
  );
  const host = pairs.get('host') ?? pairs.get('server') ?? pairs.get('datasource');
  const database = pairs.get('dbname') ?? pairs.get('database') ?? pairs.get('initialcatalog');
  if (!host || !database) return { kind: 'notConnection' };
  if (host.startsWith('/')) return { kind: 'socketFile' };
  return {
    kind: 'address',
    address: {
      engine: pairs.has('uid') ? 'mysql' : 'postgres',
      host,
      port: Number(pairs.get('port') ?? 5432),
      user: pairs.get('user') ?? pairs.get('username') ?? pairs.get('userid') ?? pairs.get('uid'),
      password: pairs.get('password') ?? pairs.get('pwd'),
      database,
      tls: false,
      sslMode: pairs.get('sslmode'),
    },
  };
}
