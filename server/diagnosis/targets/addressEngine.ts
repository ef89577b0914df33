import type { SourceFacts } from '../source/sourceFacts.ts';
import type { EndpointTarget, Engine } from './target.ts';

/** What stands behind an address, as far as names tell. */
export interface AddressEngine {
  engine: Engine;
  kind: EndpointTarget['kind'];
  defaultPort: number;
}

const ENGINE_WORDS: readonly (readonly [RegExp, Engine, number])[] = [
  [/^(?:pg|postgres(?:ql)?|psql|psycopg2?|asyncpg|timescale(?:db)?|postgis|pgpool|libpq)$/, 'postgres', 5432],
  [/^(?:mysql2?|mariadb|pymysql|mysqli)$/, 'mysql', 3306],
  [/^(?:redis|ioredis|valkey|strictredis|bullmq?|sidekiq)$/, 'redis', 6379],
  [/^(?:mongo(?:db|ose)?|pymongo|mongoclient)$/, 'mongodb', 27017],
  [/^(?:rabbit(?:mq)?|amqp(?:lib)?|pika|aio_pika)$/, 'amqp', 5672],
];
const DATABASE_WORD = /^(?:db|database|databases|datasource|sql|jdbc|dsn|sequelize|knex|typeorm|prisma|hikari)$/;
const CACHE_WORD = /^(?:cache|caches|memcached?)$/;
const ENGINE_OF_PORT: Readonly<Record<number, Engine>> = {
  5432: 'postgres',
  5433: 'postgres',
  3306: 'mysql',
  6379: 'redis',
  27017: 'mongodb',
  5672: 'amqp',
};
const DEFAULT_PORTS: Readonly<Record<Engine, number>> = {
  postgres: 5432,
  mysql: 3306,
  sqlite: 0,
  redis: 6379,
  mongodb: 27017,
  amqp: 5672,
  http: 80,
  tcp: 0,
};

/** Drivers as manifests and import lines name them. */
const DRIVERS: readonly (readonly [RegExp, Engine])[] = [
  [
    /["'](?:pg|pg-promise|postgres|@prisma\/adapter-pg)["']|\b(?:psycopg2?|asyncpg|aiopg|pg8000|psql|lib\/pq|jackc\/pgx|pg_dump|org\.postgresql|tokio-postgres|libpq)\b|^[ \t]*gem ['"]pg['"]|django\.db\.backends\.postgresql/m,
    'postgres',
  ],
  [
    /["']mysql2?["']|\b(?:pymysql|mysqlclient|MySQLdb|go-sql-driver\/mysql|com\.mysql)\b|^[ \t]*gem ['"]mysql2['"]|django\.db\.backends\.mysql/m,
    'mysql',
  ],
  [/["'](?:ioredis|redis|bullmq)["']|\b(?:import redis|from redis|go-redis|redis-cli)\b|^[ \t]*redis[=~<>]/m, 'redis'],
];

/** The clients that the workspace's own code and manifests use. */
export function driversIn(source: SourceFacts): ReadonlySet<Engine> {
  const found = new Set<Engine>();
  for (const file of source.files) {
    const text = source.textOf(file);
    if (text === undefined) continue;
    for (const [pattern, engine] of DRIVERS) if (!found.has(engine) && pattern.test(text)) found.add(engine);
  }
  return found;
}

/**
 * Tells the engine from words such as a variable's prefix, a key or a constructor. A word that only says "database" or
 * "cache" takes the engine of its port, else of the only fitting client in the workspace, else none: it is then asked no
 * more than whether it accepts connections.
 */
export function engineOfWords(
  words: readonly string[],
  port: number | undefined,
  drivers: ReadonlySet<Engine>,
): AddressEngine | undefined {
  const plain = words.flatMap(splitWords);
  for (const [pattern, engine, defaultPort] of ENGINE_WORDS)
    if (plain.some((word) => pattern.test(word))) return { engine, kind: kindOf(engine), defaultPort };
  const kind = plain.some((word) => DATABASE_WORD.test(word))
    ? 'database'
    : plain.some((word) => CACHE_WORD.test(word))
      ? 'cache'
      : undefined;
  if (kind === undefined) return undefined;
  const fitting = [...drivers].filter((engine) => kindOf(engine) === kind);
  const known = port === undefined ? undefined : ENGINE_OF_PORT[port];
  const engine = known && kindOf(known) === kind ? known : fitting.length === 1 ? (fitting[0] as Engine) : 'tcp';
  return { engine, kind, defaultPort: DEFAULT_PORTS[engine] };
}

export function kindOf(engine: Engine): EndpointTarget['kind'] {
  if (engine === 'postgres' || engine === 'mysql' || engine === 'mongodb') return 'database';
  return engine === 'redis' ? 'cache' : 'endpoint';
}

/** `APP_DB_HOST` → app, db, host; `redisClient` → redis, client. */
function splitWords(text: string): string[] {
  return text
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .flatMap((word) => {
      // PGHOST, DBHOST, MYSQLHOST
      const glued = /^(pg|db|mysql|redis|mongo)(?:host|port|server)$/.exec(word)?.[1];
      return glued === undefined ? [word] : [word, glued];
    })
    .filter((word) => word !== '');
}
