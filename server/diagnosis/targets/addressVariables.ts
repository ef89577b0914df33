import type { SourceLine } from '../../systems/compose/compose.ts';
import type { SourceFacts } from '../source/sourceFacts.ts';
import { engineOfWords, kindOf } from './addressEngine.ts';
import { expandValue, parseConnectionUrl, parseHostPort } from './parseConnectionUrl.ts';
import { isOwnPort } from './servicePorts.ts';
import type { ConnectionAddress, EndpointTarget, Engine, ServiceTarget, Variable } from './target.ts';

/** An address that one service's configuration holds. */
export interface FoundAddress {
  address: ConnectionAddress;
  kind: EndpointTarget['kind'];
  variable: string | undefined;
  at: SourceLine;
}

/** What the readers of addresses know of a service. */
export interface AddressContext {
  service: Pick<ServiceTarget, 'environment' | 'folder' | 'compose' | 'ports'>;
  source: SourceFacts;
  drivers: ReadonlySet<Engine>;
  /** A variable's value as the service gets it, else the literal that its code falls back to; an empty one counts as unset. */
  lookup(name: string): string | undefined;
}

/** `DB_HOST` and its companions; group 1 is the prefix. */
const HOST_VARIABLE = /^(\w*?)_*(?:HOST|HOSTNAME|SERVER)$/;
/** `REDIS_ADDR=localhost:6379`, `KAFKA_BROKERS=a:9092,b:9092`. */
const ADDRESS_VARIABLE =
  /(?:^|_)(?:ADDR(?:ESS)?(?:ES)?|HOSTPORT|HOST|ENDPOINT|BROKERS?|SERVERS?|UPSTREAM|BACKEND|TARGET|PEER)$/;
const LISTENS = /(?:^|_)(?:LISTEN|BIND|SERVER|HTTP|HTTPS|GRPC|ADMIN|METRICS|DEBUG|WEB|APP|SELF)(?:_|$)/;
/** No one writes longer names by hand. */
const MAX_NAME = 100;
const OFF = /^(?:0|false|no|off|disabled|none)$/i;
const ON = /^(?:1|true|yes|on|enabled)$/i;
/** Libraries that read DATABASE_URL without a word of it in the workspace's code. */
const READS_DATABASE_URL = /dj_database_url|\benv\.db(?:_url)?\(|environ\.Env|active_?record|\brails\b|\bsequel\b/i;
const LIBPQ = /^PG(?:HOST|HOSTADDR|PORT|USER|PASSWORD|DATABASE|SSLMODE)$/;

export function createAddressContext(
  service: AddressContext['service'],
  source: SourceFacts,
  drivers: ReadonlySet<Engine>,
): AddressContext {
  const values = new Map(service.environment.map(({ name, value }) => [name, value]));
  const fallbacks = new Map(
    source.envReferences
      .filter(({ file, fallback }) => fallback !== undefined && isInFolder(file, service.folder))
      .map(({ name, fallback }) => [name, fallback]),
  );
  const lookup = (name: string): string | undefined => values.get(name) || fallbacks.get(name) || undefined;
  return { service, source, drivers, lookup };
}

export function isInFolder(file: string, folder: string): boolean {
  return folder === '' || file.startsWith(`${folder}/`);
}

/** The addresses that a service's variables give: URLs, `X_HOST` with its companions, `host:port`. */
export function addressesInVariables(context: AddressContext): FoundAddress[] {
  const { service, source } = context;
  const used = service.environment.filter(
    (variable) => variable.name.length <= MAX_NAME && isUsed(variable, context) && !isSwitchedOff(variable, context),
  );
  const found = used.flatMap((variable) => fromUrl(variable, context));
  for (const variable of [...used, ...unsetHosts(context)]) {
    const pair = fromHost(variable, context) ?? fromHostPort(variable, context);
    // libpq's own variables are what remains when nothing else names a server.
    if (pair && !(LIBPQ.test(variable.name) && isImplied(variable.name, source) && has(found, pair))) found.push(pair);
  }
  return found;
}

function has(found: readonly FoundAddress[], { address }: FoundAddress): boolean {
  return found.some((known) => known.address.engine === address.engine);
}

function fromUrl(variable: Variable, context: AddressContext): FoundAddress[] {
  const { name, at } = variable;
  const value = expandValue(variable.value, context.lookup);
  const url = value === undefined ? undefined : parseConnectionUrl(value);
  if (url?.kind !== 'address' || url.address.port < 1) return [];
  const { address } = url;
  if (address.engine === 'http' && !isPeerUrl(name)) return [];
  if (isOwnAddress(address, context)) return [];
  const prefix = /^(\w*?)_*(?:JDBC)?_*(?:URL|URI|DSN)$/.exec(name)?.[1] ?? '';
  const companions = companionsOf(prefix, address.engine, context);
  return [
    {
      address: {
        ...address,
        user: address.user ?? companions.user,
        password: address.password ?? companions.password,
      },
      kind: kindOf(address.engine),
      variable: name,
      at,
    },
  ];
}

/** Hosts that no variable sets and for which the code has a literal: `process.env.DB_HOST ?? 'localhost'`. */
function unsetHosts({ service, source, lookup }: AddressContext): Variable[] {
  return source.envReferences
    .filter(
      ({ name, file, fallback }) =>
        fallback !== undefined &&
        HOST_VARIABLE.test(name) &&
        isInFolder(file, service.folder) &&
        lookup(name) === fallback &&
        !service.environment.some((variable) => variable.name === name),
    )
    .map(({ name, file, line, fallback }) => ({ name, value: fallback as string, at: { file, line } }));
}

function fromHost(variable: Variable, context: AddressContext): FoundAddress | undefined {
  const prefix = HOST_VARIABLE.exec(variable.name.toUpperCase())?.[1];
  const host = expandValue(variable.value, context.lookup)?.trim();
  if (!prefix || !host || !/^[\w.:-]+$/.test(host) || /:\d+$/.test(host.replace(/^[\da-f:]+$/i, ''))) return undefined;
  const { service, source, drivers, lookup } = context;
  const get = (...names: string[]): string | undefined =>
    names.flatMap((name) => [`${prefix}_${name}`, `${prefix}__${name}`, `${prefix}${name}`].map(lookup)).find(Boolean);
  const portName = [`${prefix}_PORT`, `${prefix}__PORT`, `${prefix}PORT`].find((name) => lookup(name));
  const written = portName === undefined ? undefined : Number(lookup(portName));
  if (written !== undefined && !(Number.isInteger(written) && written > 0 && written <= 65_535)) return undefined;
  const dialect = get('CLIENT', 'DIALECT', 'ENGINE', 'CONNECTION', 'DRIVER', 'ADAPTER', 'TYPE');
  const known =
    (dialect === undefined ? undefined : engineOfWords([dialect], written, drivers)) ??
    engineOfWords([prefix], written, drivers);
  // A pair of no known kind is a peer, unless it says where the service itself listens.
  if (!known && (portName === undefined || isOwnPort(portName, service, source) || /^(?:0\.0\.0\.0|::)$/.test(host)))
    return undefined;
  const engine = known?.engine ?? 'tcp';
  const port = written ?? known?.defaultPort ?? 0;
  if (port === 0) return undefined;
  const address: ConnectionAddress = {
    engine,
    host,
    port,
    ...companionsOf(prefix, engine, context),
    tls: /^(?:1|true|require)$/i.test(get('TLS', 'SSL', 'USE_TLS') ?? ''),
    sslMode: get('SSLMODE', 'SSL_MODE'),
  };
  if (isOwnAddress(address, context)) return undefined;
  return { address, kind: known?.kind ?? 'endpoint', variable: variable.name, at: variable.at };
}

function fromHostPort(variable: Variable, context: AddressContext): FoundAddress | undefined {
  const name = variable.name.toUpperCase();
  const place = ADDRESS_VARIABLE.test(name) ? parseHostPort(variable.value) : undefined;
  if (!place || place.host === '0.0.0.0') return undefined;
  const prefix = name.replace(ADDRESS_VARIABLE, '');
  const known = engineOfWords([prefix], place.port, context.drivers);
  if (!known && LISTENS.test(name)) return undefined;
  const engine = known?.engine ?? 'tcp';
  const address = { engine, ...place, ...companionsOf(prefix, engine, context), tls: false, sslMode: undefined };
  if (isOwnAddress(address, context)) return undefined;
  return { address, kind: known?.kind ?? 'endpoint', variable: variable.name, at: variable.at };
}

type Companions = Pick<ConnectionAddress, 'user' | 'password' | 'database'>;

/** `DB_USER`, `DB_PASSWORD` and `DB_NAME` beside `DB_HOST`, else the ones under the server's own names. */
function companionsOf(prefix: string, engine: Engine, { lookup }: AddressContext): Companions {
  const others =
    engine === 'postgres'
      ? ['POSTGRES', 'PG', 'DB', 'DATABASE']
      : engine === 'mysql'
        ? ['MYSQL', 'DB', 'DATABASE']
        : [];
  const get = (...names: string[]): string | undefined =>
    [...(prefix === '' ? [] : [prefix]), ...others]
      .flatMap((start) => names.flatMap((name) => [`${start}_${name}`, `${start}__${name}`, `${start}${name}`]))
      .map(lookup)
      .find((value) => value !== undefined && !value.includes('://'));
  if (engine === 'http') return { user: undefined, password: undefined, database: undefined };
  return {
    user: get('USER', 'USERNAME', 'LOGIN', 'ROLE'),
    password: get('PASSWORD', 'PASS', 'PASSWD', 'PWD'),
    database: engine === 'redis' ? undefined : get('NAME', 'DATABASE', 'DB', 'DBNAME', 'DATABASE_NAME', 'DB_NAME'),
  };
}

function isOwnAddress({ host, port }: ConnectionAddress, { service }: AddressContext): boolean {
  return /^(?:localhost|127\.|0\.0\.0\.0|::)/.test(host) && service.ports.some((declared) => declared.port === port);
}

/** A variable that no file of the service mentions is a leftover, unless compose or a library's custom gives it a reader. */
export function isUsed({ name }: Variable, { service, source }: AddressContext): boolean {
  if (source.truncated || source.words.has(name.toUpperCase())) return true;
  if (source.envReferences.some((reference) => reference.name === name)) return true;
  if (service.compose?.environment.some((entry) => entry.name === name)) return true;
  return isImplied(name, source);
}

function isImplied(name: string, source: SourceFacts): boolean {
  if (source.words.has(name)) return false;
  // `ConnectionStrings__Main` and `SPRING_DATASOURCE_URL` are bound to keys of other spelling.
  if (name.includes('__') || name.startsWith('SPRING_') || LIBPQ.test(name)) return true;
  return name === 'DATABASE_URL' && source.files.some((file) => READS_DATABASE_URL.test(source.textOf(file) ?? ''));
}

/** `REDIS_ENABLED=false`, `USE_CACHE=0`, `DISABLE_MAIL=1`: the service does not use what it could connect to. */
function isSwitchedOff({ name }: Variable, { lookup }: AddressContext): boolean {
  const words = name.toUpperCase().split('_');
  return words.slice(0, -1).some((_, index) => {
    const prefix = words.slice(0, index + 1).join('_');
    const on = [`${prefix}_ENABLED`, `ENABLE_${prefix}`, `USE_${prefix}`, `${prefix}_ENABLE`, `${prefix}_ACTIVE`];
    const off = [`DISABLE_${prefix}`, `${prefix}_DISABLED`, `NO_${prefix}`];
    return on.some((key) => OFF.test(lookup(key) ?? '')) || off.some((key) => ON.test(lookup(key) ?? ''));
  });
}

/** A URL of another program, rather than the service's own public address or one that only browsers and reports use. */
function isPeerUrl(name: string): boolean {
  return (
    !/^(?:APP|SITE|PUBLIC|SELF|SERVER|FRONTEND|CLIENT|ROOT|WEB|CALLBACK|REDIRECT|NEXTAUTH|VITE|NEXT_PUBLIC|REACT_APP)?_?(?:BASE_|PUBLIC_)?(?:URL|URI|ORIGIN|CALLBACK_URL|REDIRECT_URI)$/.test(
      name,
    ) && !/CORS|ORIGIN|SENTRY|WEBHOOK|OTEL|ALLOWED|DOCS?_|LOGO|SUPPORT|PROXY$/.test(name)
  );
}
