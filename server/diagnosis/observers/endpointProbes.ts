import type { Connection, Resolution } from '../../systems/network/network.ts';
import type { PostgresAnswer } from '../../systems/postgres/postgres.ts';
import type { RedisAnswer } from '../../systems/redis/redis.ts';
import { defineObserver } from '../observer.ts';
import type { EndpointTarget } from '../targets/target.ts';
import { endpoints } from './targets.ts';

/** How far one got with an endpoint: its name, its port, its protocol. */
export interface EndpointProbe {
  endpoint: EndpointTarget;
  resolution: Resolution;
  /** Undefined when the name did not resolve. */
  connection: Connection | undefined;
  postgres: PostgresAnswer | undefined;
  redis: RedisAnswer | undefined;
}

const RESOLVE_MS = 2_000;
const CONNECT_MS = 1_500;
const PROTOCOL_MS = 3_000;

/** Every database, cache and peer that the workspace names, asked in parallel: resolve, connect, speak. */
export const endpointProbes = defineObserver<EndpointProbe[]>({
  id: 'endpoints.probes',
  label: 'databases, caches and peers',
  timeoutMs: RESOLVE_MS + CONNECT_MS + PROTOCOL_MS + 500,
  observe: async ({ systems, signal, use }) => {
    const list = (await use(endpoints)).filter(
      (endpoint) =>
        endpoint.port > 0 &&
        (endpoint.variable !== undefined ||
          endpoint.compose === undefined ||
          endpoint.at.file !== endpoint.compose.at.file),
    );
    return Promise.all(
      list.map(async (endpoint): Promise<EndpointProbe> => {
        const resolution = await systems.network.resolve(endpoint.host, { timeoutMs: RESOLVE_MS, signal });
        if (resolution.kind !== 'resolved')
          return { endpoint, resolution, connection: undefined, postgres: undefined, redis: undefined };
        const connection = await firstAccepted(resolution.addresses, (address) =>
          systems.network.connect(address, endpoint.port, { timeoutMs: CONNECT_MS, signal }),
        );
        if (connection?.kind !== 'accepted')
          return { endpoint, resolution, connection, postgres: undefined, redis: undefined };
        const { address } = connection;
        const postgres =
          endpoint.engine === 'postgres'
            ? await systems.postgres.connect(
                {
                  address,
                  host: endpoint.host,
                  port: endpoint.port,
                  user: endpoint.user ?? 'postgres',
                  password: endpoint.password,
                  database: endpoint.database ?? endpoint.user ?? 'postgres',
                  sslMode: endpoint.sslMode,
                },
                { timeoutMs: PROTOCOL_MS, signal },
              )
            : undefined;
        const redis =
          endpoint.engine === 'redis'
            ? await systems.redis.ping(
                {
                  address,
                  host: endpoint.host,
                  port: endpoint.port,
                  user: endpoint.user,
                  password: endpoint.password,
                  tls: endpoint.tls,
                },
                { timeoutMs: PROTOCOL_MS, signal },
              )
            : undefined;
        return { endpoint, resolution, connection, postgres, redis };
      }),
    );
  },
});

/** As a client does: each address of the name in turn until one accepts. */
async function firstAccepted(
  addresses: readonly string[],
  connect: (address: string) => Promise<Connection>,
): Promise<Connection | undefined> {
  let last: Connection | undefined;
  for (const address of addresses.slice(0, 3)) {
    last = await connect(address);
    if (last.kind === 'accepted') return last;
  }
  return last;
}
