import type { ComposeService, SourceLine } from '../../systems/compose/compose.ts';
import type { SourceFacts } from '../source/sourceFacts.ts';
import { driversIn } from './addressEngine.ts';
import { addressesInFiles } from './addressLiterals.ts';
import { addressesInVariables, createAddressContext, type FoundAddress } from './addressVariables.ts';
import { INFRASTRUCTURE_IMAGE } from './discoverServices.ts';
import { isLoopback } from './loopback.ts';
import { sqliteDatabasesOf } from './sqliteDatabases.ts';
import {
  type ConnectionAddress,
  type DependencyEdge,
  type EndpointTarget,
  type Engine,
  type ServiceTarget,
  sourceText,
} from './target.ts';

export interface Endpoints {
  targets: EndpointTarget[];
  /** By service name: what it depends on. */
  edges: Map<string, DependencyEdge[]>;
}

const COMPOSE_ENGINES: readonly (readonly [RegExp, Engine])[] = [
  [/postgres|postgis|timescale|pgvector/i, 'postgres'],
  [/mysql|mariadb/i, 'mysql'],
  [/redis|valkey|keydb|dragonfly/i, 'redis'],
  [/mongo/i, 'mongodb'],
  [/rabbitmq/i, 'amqp'],
];
/** Of a database that is a file. */
const NO_ADDRESS = {
  host: '',
  port: 0,
  user: undefined,
  password: undefined,
  tls: false,
  sslMode: undefined,
} as const;

/** Databases, caches and addresses that the services' configuration names, each once, with who depends on it and where that is written. */
export function discoverEndpoints(
  services: readonly ServiceTarget[],
  composeServices: readonly ComposeService[],
  source: SourceFacts,
): Endpoints {
  const targets: EndpointTarget[] = [];
  const edges = new Map<string, DependencyEdge[]>();
  const taken = new Set(services.map((service) => service.name));
  const drivers = driversIn(source);
  const addEdge = (service: string, target: string, at: SourceLine): void => {
    const list = edges.get(service) ?? [];
    if (service !== target && !list.some((edge) => edge.target === target))
      list.push({ target, source: sourceText(at) });
    edges.set(service, list);
  };

  for (const service of services) {
    for (const found of addressesOf(service, source, drivers)) {
      const sibling = serviceBehind(found, services, service);
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
          kind: found.kind,
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
    for (const { file, variable, at } of sqliteDatabasesOf(createAddressContext(service, source, drivers))) {
      let target = targets.find((known) => known.engine === 'sqlite' && known.database === file);
      if (!target) {
        const address: ConnectionAddress = { ...NO_ADDRESS, engine: 'sqlite', database: file };
        const name = uniqueName('sqlite', { address, kind: 'database', variable, at }, taken);
        target = {
          name,
          kind: 'database',
          source: sourceText(at),
          dependsOn: [],
          ...address,
          variable,
          at,
          compose: undefined,
        };
        taken.add(name);
        targets.push(target);
      }
      addEdge(service.name, target.name, at);
    }
    for (const { service: dependency, at } of service.compose?.dependsOn ?? []) addEdge(service.name, dependency, at);
  }
  return { targets, edges };
}

/** Addresses in the service's own files count when no variable gives one of that kind: alembic.ini's is then a placeholder. */
function addressesOf(service: ServiceTarget, source: SourceFacts, drivers: ReadonlySet<Engine>): FoundAddress[] {
  const context = createAddressContext(service, source, drivers);
  const found = addressesInVariables(context);
  const given = new Set(found.map(({ kind, address }) => `${kind} ${address.engine}`));
  const generic = new Set(found.map(({ kind }) => kind));
  for (const literal of addressesInFiles(context)) {
    const { kind, address } = literal;
    if (given.has(`${kind} ${address.engine}`) || (address.engine === 'tcp' && generic.has(kind))) continue;
    found.push(literal);
  }
  return found;
}

function nameOf({ address, kind, variable }: FoundAddress): string {
  if (address.engine !== 'http' && address.engine !== 'tcp') return address.engine;
  if (kind !== 'endpoint') return kind;
  const prefix = (variable ?? '')
    .replace(/_?(?:BASE_)?(?:API_)?(?:URL|URI|ENDPOINT|ADDR|ADDRESS|HOST|SERVER|DSN)$/, '')
    .toLowerCase();
  return prefix === '' ? `${address.host}:${address.port}` : prefix.replaceAll('_', '-');
}

function uniqueName(wanted: string, found: FoundAddress, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  const detailed = `${wanted}-${(found.variable ?? found.address.database ?? String(found.address.port))
    .toLowerCase()
    .replace(/_(?:url|uri|dsn|host)$/, '')
    .replaceAll('_', '-')}`;
  return taken.has(detailed) ? `${detailed}-${found.address.port}` : detailed;
}

function sameEndpoint(known: EndpointTarget, address: ConnectionAddress): boolean {
  const host = (name: string): string => (isLoopback(name) ? 'loopback' : name);
  return (
    known.engine === address.engine &&
    host(known.host) === host(address.host) &&
    known.port === address.port &&
    (known.database ?? '') === (address.database ?? '') &&
    (known.user ?? '') === (address.user ?? '')
  );
}

/** Another service of the workspace that answers at this address, or that the variable is named after though the port differs. */
function serviceBehind(
  found: FoundAddress,
  services: readonly ServiceTarget[],
  self: ServiceTarget,
): ServiceTarget | undefined {
  const { host, port, engine } = found.address;
  if (engine !== 'http' && engine !== 'tcp') return undefined;
  const others = services.filter((service) => service !== self);
  const atAddress = others.find(
    (service) =>
      service.name === host || (isLoopback(host) && service.ports.some((declared) => declared.port === port)),
  );
  if (atAddress || !isLoopback(host)) return atAddress;
  const name = nameOf(found);
  return others.find((service) => service.name === name || service.aliases.includes(name));
}

function isBehind(address: ConnectionAddress, service: ComposeService): boolean {
  if (service.name === address.host) return true;
  return (
    isLoopback(address.host) &&
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
