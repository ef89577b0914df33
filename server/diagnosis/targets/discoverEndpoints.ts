import type { ComposeService, SourceLine } from '../../systems/compose/compose.ts';
import type { SourceFacts } from '../source/sourceFacts.ts';
import { INFRASTRUCTURE_IMAGE } from './discoverServices.ts';
import { type ConnectionAddress, parseConnectionUrl } from './parseConnectionUrl.ts';
import {
  type DependencyEdge,
  type EndpointTarget,
  type Engine,
  type ServiceTarget,
  sourceText,
  type Variable,
} from './target.ts';

/** An address that one service's configuration holds. */
interface Found {
  address: ConnectionAddress;
  variable: string | undefined;
  at: SourceLine;
}

export interface Endpoints {
  targets: EndpointTarget[];
  /** By service name: what it depends on. */
  edges: Map<string, DependencyEdge[]>;
}

/** `DB_HOST` and its companions; group 1 is the prefix. */
const HOST_VARIABLE = /^(\w*?)_?(?:HOST|HOSTNAME|SERVER)$/;
const PREFIX_ENGINES: readonly (readonly [RegExp, Engine, number])[] = [
  [/^(?:PG|POSTGRES(?:QL)?|DB|DATABASE|SQL)$/, 'postgres', 5432],
  [/^(?:MYSQL|MARIADB)$/, 'mysql', 3306],
  [/^(?:REDIS|VALKEY|CACHE)$/, 'redis', 6379],
  [/^(?:MONGO(?:DB)?)$/, 'mongodb', 27017],
  [/^(?:RABBIT(?:MQ)?|AMQP)$/, 'amqp', 5672],
];
const COMPOSE_ENGINES: readonly (readonly [RegExp, Engine])[] = [
  [/postgres|postgis|timescale|pgvector/i, 'postgres'],
  [/mysql|mariadb/i, 'mysql'],
  [/redis|valkey|keydb|dragonfly/i, 'redis'],
  [/mongo/i, 'mongodb'],
  [/rabbitmq/i, 'amqp'],
];
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1|0\.0\.0\.0|host\.docker\.internal)$/;

/** Databases, caches and addresses that the services' configuration names, each once, with who depends on it and where that is written. */
export function discoverEndpoints(
  services: readonly ServiceTarget[],
  composeServices: readonly ComposeService[],
  source: SourceFacts,
): Endpoints {
  const targets: EndpointTarget[] = [];
  const edges = new Map<string, DependencyEdge[]>();
  const taken = new Set(services.map((service) => service.name));
  const addEdge = (service: string, target: string, at: SourceLine): void => {
    const list = edges.get(service) ?? [];
    if (service !== target && !list.some((edge) => edge.target === target))
      list.push({ target, source: sourceText(at) });
    edges.set(service, list);
  };

  for (const service of services) {
    for (const found of addressesOf(service, source)) {
      const sibling = serviceBehind(found.address, services, service);
      if (sibling) {
        addEdge(service.name, sibling.name, found.at);
        continue;
      }
      const compose = composeServices.find((candidate) => isBehind(found.address, candidate));
      let target = targets.find((known) => sameEndpoint(known, found.address));
      if (!target) {
        const name = uniqueName(compose?.name ?? nameOf(found), found, taken);
        target = {
          name,
          kind: kindOf(found.address.engine),
          source: sourceText(found.at),
          dependsOn: [],
          ...found.address,
          ...publishedAddress(found.address, compose, service),
          variable: found.variable,
          at: found.at,
          compose,
        };
        taken.add(name);
        targets.push(target);
      }
      addEdge(service.name, target.name, found.at);
    }
    for (const { service: dependency, at } of service.compose?.dependsOn ?? []) addEdge(service.name, dependency, at);
  }
  return { targets, edges };
}

function addressesOf(service: ServiceTarget, source: SourceFacts): Found[] {
  const byName = new Map(service.environment.map((variable) => [variable.name, variable]));
  const found: Found[] = [];
  for (const variable of service.environment) {
    if (!isUsed(variable, service, source)) continue;
    const url = parseConnectionUrl(variable.value);
    if (url.kind === 'address' && url.address.port > 0 && (url.address.engine !== 'http' || isPeerUrl(variable.name)))
      found.push({ address: url.address, variable: variable.name, at: variable.at });
    const prefix = HOST_VARIABLE.exec(variable.name)?.[1];
    if (prefix !== undefined && variable.value !== '' && !variable.value.startsWith('/')) {
      const pair = hostAndPort(prefix, variable, byName, source);
      if (pair) found.push(pair);
    }
  }
  // Addresses written in the service's own files count when no variable gives that kind of address.
  for (const literal of source.urls) {
    if (service.folder !== '' && !literal.file.startsWith(`${service.folder}/`)) continue;
    if (/(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$/.test(literal.file)) continue;
    const reference = source.envReferences.find(
      (candidate) => candidate.file === literal.file && candidate.line === literal.line,
    );
    const url = parseConnectionUrl(reference ? (byName.get(reference.name)?.value ?? literal.url) : literal.url);
    if (url.kind === 'address' && !found.some((known) => known.address.engine === url.address.engine))
      found.push({ address: url.address, variable: reference?.name, at: { file: literal.file, line: literal.line } });
  }
  return found;
}

/** A variable that no file of the service mentions is a leftover, unless compose or the command line gives it on purpose. */
function isUsed(variable: Variable, service: ServiceTarget, source: SourceFacts): boolean {
  if (source.words.has(variable.name) || source.truncated) return true;
  if (service.compose?.environment.some((entry) => entry.name === variable.name)) return true;
  // libpq reads PG* itself.
  return /^PG(?:HOST|PORT|USER|PASSWORD|DATABASE)$/.test(variable.name);
}

/** A URL of another program, rather than the service's own public address. */
function isPeerUrl(name: string): boolean {
  return (
    !/^(?:APP|SITE|PUBLIC|SELF|SERVER|FRONTEND|CLIENT|ROOT|WEB|CALLBACK|REDIRECT|NEXTAUTH|VITE|NEXT_PUBLIC|REACT_APP)?_?(?:BASE_|PUBLIC_)?(?:URL|URI|ORIGIN|CALLBACK_URL|REDIRECT_URI)$/.test(
      name,
    ) && !/CORS|ORIGIN|SENTRY|WEBHOOK|OTEL/.test(name)
  );
}

function hostAndPort(
  prefix: string,
  host: Variable,
  variables: ReadonlyMap<string, Variable>,
  source: SourceFacts,
): Found | undefined {
  const get = (...names: string[]): string | undefined =>
    names
      .flatMap((name) => [`${prefix}_${name}`, `${prefix}${name}`])
      .map((name) => variables.get(name)?.value)
      .find((value) => value !== undefined && value !== '');
  const known = PREFIX_ENGINES.find(([pattern]) => pattern.test(prefix));
  const port = get('PORT');
  const engine = engineHint(get('CLIENT', 'DIALECT', 'ENGINE', 'CONNECTION', 'DRIVER')) ?? known?.[1];
  const connects = source.envReferences.some(
    (reference) => reference.name === host.name && reference.use === 'connect',
  );
  if (!engine && !(port !== undefined && connects)) return undefined;
  const tls = /^(?:1|true|require)$/i.test(get('TLS', 'SSL') ?? '');
  return {
    address: {
      engine: engine ?? 'tcp',
      host: host.value,
      port: Number(port ?? known?.[2] ?? (engine === 'mysql' ? 3306 : 0)),
      user: get('USER', 'USERNAME'),
      password: get('PASSWORD', 'PASS', 'PWD'),
      database: get('NAME', 'DATABASE', 'DB', 'DBNAME'),
      tls,
      sslMode: get('SSLMODE'),
    },
    variable: host.name,
    at: host.at,
  };
}

function engineHint(text: string | undefined): Engine | undefined {
  if (text === undefined) return undefined;
  if (/postgres|^pg/i.test(text)) return 'postgres';
  if (/mysql|maria/i.test(text)) return 'mysql';
  return undefined;
}

function kindOf(engine: Engine): EndpointTarget['kind'] {
  if (engine === 'postgres' || engine === 'mysql' || engine === 'mongodb') return 'database';
  return engine === 'redis' ? 'cache' : 'endpoint';
}

function nameOf({ address, variable }: Found): string {
  if (address.engine !== 'http' && address.engine !== 'tcp') return address.engine;
  const prefix = (variable ?? '')
    .replace(/_?(?:BASE_)?(?:API_)?(?:URL|URI|ENDPOINT|ADDR|ADDRESS|HOST|DSN)$/, '')
    .toLowerCase();
  return prefix === '' ? `${address.host}:${address.port}` : prefix.replaceAll('_', '-');
}

function uniqueName(wanted: string, found: Found, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  const detailed = `${wanted}-${(found.variable ?? found.address.database ?? String(found.address.port))
    .toLowerCase()
    .replace(/_(?:url|uri|dsn|host)$/, '')
    .replaceAll('_', '-')}`;
  return taken.has(detailed) ? `${detailed}-${found.address.port}` : detailed;
}

function sameEndpoint(known: EndpointTarget, address: ConnectionAddress): boolean {
  const host = (name: string): string => (LOOPBACK.test(name) ? 'loopback' : name);
  return (
    known.engine === address.engine &&
    host(known.host) === host(address.host) &&
    known.port === address.port &&
    (known.database ?? '') === (address.database ?? '') &&
    (known.user ?? '') === (address.user ?? '')
  );
}

/** Another service of the workspace that answers at this address. */
function serviceBehind(
  address: ConnectionAddress,
  services: readonly ServiceTarget[],
  self: ServiceTarget,
): ServiceTarget | undefined {
  if (address.engine !== 'http' && address.engine !== 'tcp') return undefined;
  return services.find(
    (service) =>
      service !== self &&
      (service.name === address.host ||
        (LOOPBACK.test(address.host) && service.ports.some(({ port }) => port === address.port))),
  );
}

function isBehind(address: ConnectionAddress, service: ComposeService): boolean {
  if (service.name === address.host) return true;
  return (
    LOOPBACK.test(address.host) &&
    service.ports.some(({ published }) => published === address.port) &&
    (service.image === undefined ||
      !INFRASTRUCTURE_IMAGE.test(service.image) ||
      engineOf(service) === undefined ||
      engineOf(service) === address.engine)
  );
}

export function engineOf(service: ComposeService): Engine | undefined {
  return COMPOSE_ENGINES.find(([pattern]) => pattern.test(service.image ?? ''))?.[1];
}

/** A compose host name means nothing outside compose: a service that runs in compose reaches it there, and we reach it at its published port. */
function publishedAddress(
  address: ConnectionAddress,
  compose: ComposeService | undefined,
  service: ServiceTarget,
): Partial<ConnectionAddress> {
  if (!compose || compose.name !== address.host || !service.compose) return {};
  const published = compose.ports.find((port) => port.target === address.port)?.published;
  return published === undefined ? {} : { host: '127.0.0.1', port: published };
}
