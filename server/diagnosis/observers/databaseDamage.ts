import type { DamagedTable } from '../../systems/mysql/readGrants.ts';
import type { PostgresDamage } from '../../systems/postgres/readDamage.ts';
import { type Complaint, complaintOf } from '../endpointComplaint.ts';
import { defineObserver, type Observation } from '../observer.ts';
import type { EndpointTarget } from '../targets/target.ts';
import { type EndpointProbe, endpointProbes } from './endpointProbes.ts';
import { type ServiceState, serviceStates } from './serviceStates.ts';

/** A present error of a service in which its database server says that data is damaged, and what the server says now. */
export type DatabaseDamage = Complaint & { endpoint: EndpointTarget } & (
    | { engine: 'postgres'; file: number | undefined; damage: PostgresDamage | undefined }
    /** Without backquotes; undefined when the error names none. */
    | { engine: 'mysql'; table: string | undefined; damaged: DamagedTable[] | undefined }
  );

const POSTGRES =
  /invalid page in block \d+ of relation|could not read blocks? \d+|page verification failed|missing chunk number \d+ for toast|unexpected chunk (?:number|size)|\bXX00[12]\b|found xmin \d+ from before/i;
const POSTGRES_FILE = /\b(?:base|pg_tblspc)\/(?:[\w.]+\/){1,3}(\d+)/;
const MYSQL =
  /is marked as crashed|ER_CRASHED_ON|is corrupt(?:ed)?\b|Incorrect key file for table|ER_NOT_KEYFILE|Incorrect (?:information in file|file format)|Database page corruption/i;
const MYSQL_TABLE = /(?:\btable:? |file format )["'`](?:\.\/)?(?:[\w$-]{1,64}[/.])?([\w$-]{1,64}?)(?:\.MY[ID])?["'`]/i;
const MAX_TEXT = 4_000;
const ASK_MS = 3_000;

export const databaseDamage = defineObserver<DatabaseDamage[]>({
  id: 'endpoints.damage',
  label: 'data that databases call damaged',
  timeoutMs: 16_000,
  observe: async (run) => {
    const states = await run.use(serviceStates);
    const isSaid = states.some((state) =>
      [...state.errors, ...state.warnings].some(({ record }) => {
        const text = record.text.slice(0, MAX_TEXT);
        return POSTGRES.test(text) || MYSQL.test(text);
      }),
    );
    if (!isSaid) return [];
    const probes = await run.use(endpointProbes);
    const found = await Promise.all(probes.map((probe) => look(probe, states, run)));
    return found.filter((each) => each !== undefined);
  },
});

async function look(
  { endpoint, connection }: EndpointProbe,
  states: readonly ServiceState[],
  { systems, signal }: Observation,
): Promise<DatabaseDamage | undefined> {
  const { engine, host, port, user, password, sslMode, tls, database } = endpoint;
  if (engine !== 'postgres' && engine !== 'mysql') return undefined;
  const complaint = complaintOf(endpoint, states, engine === 'postgres' ? POSTGRES : MYSQL);
  if (!complaint) return undefined;
  const text = complaint.entry.record.text.slice(0, MAX_TEXT);
  const options = { timeoutMs: ASK_MS, signal };
  const address = connection?.kind === 'accepted' ? connection.address : undefined;
  if (engine === 'postgres') {
    const written = POSTGRES_FILE.exec(text)?.[1];
    const file = written === undefined ? undefined : Number(written);
    const target = {
      host,
      port,
      user: user ?? 'postgres',
      password,
      sslMode,
      database: database ?? user ?? 'postgres',
    };
    const damage =
      address === undefined ? undefined : await systems.postgres.damage({ ...target, address }, file, options);
    return { ...complaint, endpoint, engine, file, damage };
  }
  const match = MYSQL_TABLE.exec(text);
  const target = { host, port, user: user ?? 'root', password, database, tls };
  const damaged =
    address === undefined ? undefined : await systems.mysql.damagedTables({ ...target, address }, options);
  return { ...complaint, endpoint, engine, table: match?.[1], damaged };
}
