import type { MysqlAnswer } from '../../systems/mysql/mysql.ts';
import type { Connection, Resolution } from '../../systems/network/network.ts';
import type { PostgresAnswer } from '../../systems/postgres/postgres.ts';
import type { RedisAnswer } from '../../systems/redis/redis.ts';
import { defineObserver, type Observation } from '../observer.ts';
import type { EndpointTarget } from '../targets/target.ts';
import { containers, NO_CONTAINERS } from './containers.ts';
import { type ServiceState, serviceStates } from './serviceStates.ts';
import { endpoints } from './targets.ts';

/** How far one got with an endpoint: its name, its port, its protocol. */
export interface EndpointProbe {
  endpoint: EndpointTarget;
  resolution: Resolution;
  /** Undefined when the name did not resolve. */
  connection: Connection | undefined;
  postgres: PostgresAnswer | undefined;
  mysql: MysqlAnswer | undefined;
  redis: RedisAnswer | undefined;
}

const RESOLVE_MS = 2_000;
const CONNECT_MS = 1_500;
const PROTOCOL_MS = 3_000;
/** A name has few addresses that matter; a client would have given up before the rest. */
const MAX_ADDRESSES = 4;
/** Names and addresses of this machine and of private networks; asking them tells nobody outside of this diagnosis. */
const NEARBY =
  /^(?:[^.]+|.*\.(?:local|localhost|internal|lan|home|test|invalid|docker)|127\..*|10\..*|192\.168\..*|172\.(?:1[6-9]|2\d|3[01])\..*|169\.254\..*|::1|f[cde][\da-f]{2}:.*)$/i;

/** Every database, cache and peer that the workspace names, asked in parallel: resolve, connect, speak. */
export const endpointProbes = defineObserver<EndpointProbe[]>({
  id: 'endpoints.probes',
  label: 'databases, caches and peers',
  timeoutMs: RESOLVE_MS + CONNECT_MS + PROTOCOL_MS + 4_500,
  observe: async (run) => {
    const list = (await run.use(endpoints)).filter(
      (endpoint) =>
        endpoint.port > 0 &&
        (endpoint.variable !== undefined ||
          endpoint.compose === undefined ||
          endpoint.at.file !== endpoint.compose.at.file),
    );
    const probes = await Promise.all(
      list.map(async (endpoint) => ((await isAsked(endpoint, run)) ? probe(endpoint, run) : undefined)),
    );
    return probes.filter((each) => each !== undefined);
  },
});

export function isNearby(host: string): boolean {
  return NEARBY.test(host.replace(/^\[|\]$/g, ''));
}

/** A service on the internet is asked only when errors speak of it: it is slow to fail, and not ours to call otherwise. */
async function isAsked(endpoint: EndpointTarget, { use }: Observation): Promise<boolean> {
  if (endpoint.kind !== 'endpoint' || isNearby(endpoint.host)) return true;
  const states = await use(serviceStates).catch((): ServiceState[] => []);
  return states.some(({ errors, warnings }) =>
    [...errors, ...warnings].some(({ record }) => record.text.includes(endpoint.host)),
  );
}

async function probe(endpoint: EndpointTarget, run: Observation): Promise<EndpointProbe> {
  const { systems, signal } = run;
  const resolution =
    (await insideEngine(endpoint, run)) ??
    (await systems.network.resolve(endpoint.host, { timeoutMs: RESOLVE_MS, signal }));
  const nothing = { connection: undefined, postgres: undefined, mysql: undefined, redis: undefined };
  if (resolution.kind !== 'resolved') return { endpoint, resolution, ...nothing };
  const connection = await firstAccepted(resolution.addresses, (address) =>
    systems.network.connect(address, endpoint.port, { timeoutMs: CONNECT_MS, signal }),
  );
  if (connection?.kind !== 'accepted') return { endpoint, resolution, ...nothing, connection };
  const { address } = connection;
  const options = { timeoutMs: PROTOCOL_MS, signal };
  const { host, port, user, password, database, sslMode, tls } = endpoint;
  const postgres =
    endpoint.engine === 'postgres'
      ? await systems.postgres.connect(
          {
            address,
            host,
            port,
            user: user ?? 'postgres',
            password,
            database: database ?? user ?? 'postgres',
            sslMode,
          },
          options,
        )
      : undefined;
  const mysql =
    endpoint.engine === 'mysql'
      ? await systems.mysql.connect({ address, host, port, user: user ?? 'root', password, database, tls }, options)
      : undefined;
  const redis =
    endpoint.engine === 'redis'
      ? await systems.redis.ping({ address, host, port, user, password, tls }, options)
      : undefined;
  return { endpoint, resolution, connection, postgres, mysql, redis };
}

/**
 * A compose service's name means something inside its network only; Linux reaches the container at its own address there.
 * Undefined when the name is no running container's.
 */
async function insideEngine(endpoint: EndpointTarget, { use }: Observation): Promise<Resolution | undefined> {
  if (process.platform !== 'linux' || endpoint.compose?.name !== endpoint.host) return undefined;
  const engine = await use(containers).catch(() => NO_CONTAINERS);
  const running = engine.byService.get(endpoint.host)?.find(({ state }) => state === 'running');
  const addresses = (running?.networks ?? []).map(({ address }) => address).filter((address) => address !== '');
  return addresses.length > 0 ? { kind: 'resolved', addresses, durationMs: 0 } : undefined;
}

/** The first address, in the resolver's order, that accepts; all are tried at once. When none does, the answer of the first. */
async function firstAccepted(
  addresses: readonly string[],
  connect: (address: string) => Promise<Connection>,
): Promise<Connection | undefined> {
  const attempts = await Promise.all(addresses.slice(0, MAX_ADDRESSES).map(connect));
  return attempts.find(({ kind }) => kind === 'accepted') ?? attempts[0];
}
