import type { PathState } from '../../systems/files/files.ts';
import type { MysqlRights } from '../../systems/mysql/readGrants.ts';
import type { ObjectKind, PostgresRights } from '../../systems/postgres/readRights.ts';
import { type Complaint, complaintOf } from '../endpointComplaint.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { coversGrant } from '../rights/coversGrant.ts';
import type { EndpointTarget } from '../targets/target.ts';
import { type EndpointProbe, endpointProbes } from './endpointProbes.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';

/** A right that a login, a user or a program lacked by a present error, and what can be seen of it now. */
export type Denial = Complaint &
  (
    | {
        kind: 'postgres';
        endpoint: EndpointTarget;
        object: { kind: ObjectKind; name: string };
        rights: PostgresRights | undefined;
      }
    | {
        kind: 'mysql';
        endpoint: EndpointTarget;
        privilege: string;
        object: string;
        rights: MysqlRights | undefined;
        isGranted: boolean;
      }
    | { kind: 'redis'; endpoint: EndpointTarget; command: string; mayRun: boolean | undefined }
    | {
        kind: 'port' /** Undefined when neither the error nor the workspace names one. */;
        port: number | undefined;
        firstFree: number | undefined;
      }
    | { kind: 'socket'; path: string; socket: PathState }
  );

const POSTGRES =
  /permission denied for (table|relation|view|materialized view|foreign table|sequence|schema|database) "?([^\s"]{1,120}?)"?(?=$|[\s",;:)])/im;
const KINDS: Readonly<Record<string, ObjectKind>> = { sequence: 'sequence', schema: 'schema', database: 'database' };
const MYSQL =
  /\b([A-Z][A-Z ]{2,30}?)(?:, [A-Z, ]{3,100})? command denied to user '[^']{0,80}'@'[^']{0,255}' for (?:table|view|routine) [`'"]?([^\s'"`.]{1,64})[`'"]?(?:\.[`'"]?([^\s'"`]{1,64}))?/;
const REDIS = /NOPERM [^\n]{0,120}permissions? to run the '([\w|-]{1,40})' command/i;
const BIND =
  /\b(?:listen|bind)\b[^\n]{0,200}(?:EACCES|permission denied)|EACCES[^\n]{0,100}\b(?:listen|bind)\b|error while attempting to bind[^\n]{0,200}permission denied/i;
const BIND_PORT: readonly RegExp[] = [
  /permission denied [^\s]{0,60}:(\d{1,5})\b/i,
  /\blisten (?:tcp|udp)[46]? [^\s]{0,60}:(\d{1,5}): bind/i,
  /\bbind\(\) to [^\s]{0,60}:(\d{1,5}) failed/i,
  /\('[^']{0,60}', (\d{1,5})\)/,
  /\bport[:=]? (\d{1,5})\b/i,
];
const SOCKET = /(\/[\w./@-]{1,150}\/(?:docker|podman|containerd)[\w.-]{0,30}\.sock)\b/;
const SOCKET_DENIED = /EACCES|permission denied/i;
const MAX_TEXT = 4_000;
const ASK_MS = 2_500;

export const denials = defineObserver<Denial[]>({
  id: 'rights.denials',
  label: 'rights that somebody lacks',
  timeoutMs: 16_000,
  observe: async (run) => {
    const states = await run.use(serviceStates);
    const own = states.flatMap((state) =>
      [portDenial(state), socketDenial(state)].filter((each) => each !== undefined),
    );
    const speaks = states.some((state) =>
      [...state.errors, ...state.warnings].some(({ record }) =>
        [POSTGRES, MYSQL, REDIS].some((pattern) => pattern.test(record.text.slice(0, MAX_TEXT))),
      ),
    );
    const probes = speaks ? await run.use(endpointProbes) : [];
    const found = await Promise.all([
      ...own.map((each) => each(run)),
      ...probes.map((probe) => askEndpoint(probe, states, run)),
    ]);
    return found.filter((each) => each !== undefined);
  },
});

type Look = (run: Observation) => Promise<Denial | undefined>;

function portDenial(state: ServiceState): Look | undefined {
  // In a container other rules hold.
  if (state.container?.state === 'running') return undefined;
  const entry = state.errors.findLast(({ record }) => isBindDenial(record.text.slice(0, MAX_TEXT)));
  if (!entry) return undefined;
  return async ({ systems }) => ({
    kind: 'port',
    state,
    entry,
    port: portOf(entry, state),
    firstFree: await systems.network.firstUnprivilegedPort(),
  });
}

function isBindDenial(text: string): boolean {
  // Python shows the call in its trace and says no more than "Permission denied".
  return (
    BIND.test(text) || (/\.bind\(/.test(text) && /PermissionError: \[Errno 13\] Permission denied\s*$/m.test(text))
  );
}

function portOf({ record }: LogEntry, { service }: ServiceState): number | undefined {
  const text = record.text.slice(0, MAX_TEXT);
  const written = BIND_PORT.map((pattern) => Number(pattern.exec(text)?.[1])).find((port) => port > 0 && port < 65_536);
  return written ?? service.ports.map(({ port }) => port).sort((a, b) => a - b)[0];
}

function socketDenial(state: ServiceState): Look | undefined {
  const entry = state.errors.findLast(({ record }) => {
    const text = record.text.slice(0, MAX_TEXT);
    return SOCKET.test(text) && SOCKET_DENIED.test(text);
  });
  const written = entry && SOCKET.exec(entry.record.text.slice(0, MAX_TEXT))?.[1];
  if (!entry || written === undefined) return undefined;
  const place = written.replace(/^\/+/, '/');
  return async ({ systems }) => ({
    kind: 'socket',
    state,
    entry,
    path: place,
    socket: await systems.files.state(place),
  });
}

async function askEndpoint(
  { endpoint, connection }: EndpointProbe,
  states: readonly ServiceState[],
  { systems, signal }: Observation,
): Promise<Denial | undefined> {
  const { engine, host, port, user, password, sslMode, tls } = endpoint;
  const pattern =
    engine === 'postgres' ? POSTGRES : engine === 'mysql' ? MYSQL : engine === 'redis' ? REDIS : undefined;
  const complaint = pattern && complaintOf(endpoint, states, pattern);
  const match = complaint && pattern?.exec(complaint.entry.record.text.slice(0, MAX_TEXT));
  if (!complaint || !match) return undefined;
  const options = { timeoutMs: ASK_MS, signal };
  const address = connection?.kind === 'accepted' ? connection.address : undefined;
  if (engine === 'postgres') {
    const object = { kind: KINDS[match[1]?.toLowerCase() ?? ''] ?? ('table' as const), name: match[2] ?? '' };
    const login = { host, port, user: user ?? 'postgres', password, sslMode };
    const database = endpoint.database ?? user ?? 'postgres';
    const rights = address && (await systems.postgres.rights({ ...login, address, database }, object, options));
    return { kind: 'postgres', ...complaint, endpoint, object, rights: rights || undefined };
  }
  if (engine === 'mysql') {
    const [privilege = '', first = '', second] = match.slice(1);
    const [database, table] = second === undefined ? [endpoint.database ?? '', first] : [first, second];
    const login = { host, port, user: user ?? 'root', password, database: endpoint.database, tls };
    const rights = (address && (await systems.mysql.rights({ ...login, address }, options))) || undefined;
    const isGranted = rights?.grants.some((grant) => coversGrant(grant, privilege.trim(), database, table)) === true;
    return {
      kind: 'mysql',
      ...complaint,
      endpoint,
      privilege: privilege.trim(),
      object: `${database}.${table}`,
      rights,
      isGranted,
    };
  }
  const command = (match[1] ?? '').toLowerCase();
  const mayRun =
    address && (await systems.redis.mayRun({ host, port, user, password, tls, address }, command, options));
  return { kind: 'redis', ...complaint, endpoint, command, mayRun: typeof mayRun === 'boolean' ? mayRun : undefined };
}
