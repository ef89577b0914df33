import type { Systems } from '../diagnosis/systems.ts';
import { type EndpointTarget, isEndpoint, type Target } from '../diagnosis/targets/target.ts';
import type { PostgresTarget } from '../systems/postgres/postgres.ts';
import type { RunStatement } from './changeMachine.ts';

/** Runs statements that change a PostgreSQL database: the change door's counterpart of the read-only system. */
export interface Statements {
  run(
    address: PostgresTarget,
    statement: string,
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<{ kind: 'done'; rows: number } | { kind: 'failed'; code: string | undefined; because: string }>;
}

/** Building an index on a large table takes minutes. */
const STATEMENT_MS = 10 * 60_000;
const RESOLVE_MS = 2_000;

/** Statements by the name of the target, with the login that the workspace configures for it. */
export function createStatementRunner(
  { systems, statements }: { systems: Systems; statements: Statements },
  targets: readonly Target[],
): RunStatement {
  return async (name, statement, { database, signal }) => {
    const endpoint = targets.find((target): target is EndpointTarget => isEndpoint(target) && target.name === name);
    if (endpoint?.engine !== 'postgres') return { kind: 'failed', because: `${name} is no PostgreSQL database` };
    const { host, port, user, password, sslMode } = endpoint;
    const resolution = await systems.network.resolve(host, { timeoutMs: RESOLVE_MS, signal });
    const address = resolution.kind === 'resolved' ? resolution.addresses[0] : undefined;
    if (address === undefined) return { kind: 'failed', because: `${host} has no address` };
    const login = { host, port, user: user ?? 'postgres', password, sslMode };
    const answer = await statements.run(
      { ...login, address, database: database ?? endpoint.database ?? user ?? 'postgres' },
      statement,
      { timeoutMs: STATEMENT_MS, signal },
    );
    return answer.kind === 'done' ? { kind: 'done' } : { kind: 'failed', because: answer.because };
  };
}
