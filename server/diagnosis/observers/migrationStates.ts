import path from 'node:path';
import type { AppliedMigrations } from '../../systems/postgres/postgres.ts';
import { type Complaint, complaintOf } from '../endpointComplaint.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { openPostgres } from '../postgres/postgresText.ts';
import {
  type AlembicScript,
  isAlembicScript,
  isDrizzleJournal,
  type Migration,
  type MigrationFolder,
  migrationFolders,
  parseAlembic,
  parseDrizzle,
  pendingOf,
} from '../source/migrationFolders.ts';
import { type EndpointProbe, endpointProbes } from './endpointProbes.ts';
import { postgresWorkloads } from './postgresWorkloads.ts';
import { serviceStates } from './serviceStates.ts';
import { listing, sourceFacts } from './workspaceFiles.ts';

/** One folder of migrations against one database that a service finds something missing in. */
export interface MigrationState {
  probe: EndpointProbe;
  complaint: Complaint;
  folder: MigrationFolder;
  applied: AppliedMigrations;
  pending: (Migration & { text: string | undefined })[];
}

const SAYS_SCHEMA =
  /(?:relation|column|table|type) ["'`]?[\w.]{1,200}["'`]?(?: of relation "[^"]{1,100}")? does not exist|\b42P01\b|\b42703\b|UndefinedTable|UndefinedColumn|\bP202[12]\b|no such (?:table|column)|PendingMigration|migrations? (?:are|is) pending|unapplied migration|migrations? (?:have|has) not (?:yet )?been applied/i;
const MAX_SCRIPTS = 400;
const MAX_FOLDERS = 4;
const MAX_READ = 12;
const ASK_MS = 3_000;

export const migrationStates = defineObserver<MigrationState[]>({
  id: 'endpoints.migrations',
  label: 'migrations',
  timeoutMs: 20_000,
  observe: async (run) => {
    const [probes, states] = await Promise.all([run.use(endpointProbes), run.use(serviceStates)]);
    const suspects = probes.flatMap((probe) => {
      const complaint = openPostgres(probe) && complaintOf(probe.endpoint, states, SAYS_SCHEMA);
      return complaint ? [{ probe, complaint }] : [];
    });
    if (suspects.length === 0) return [];
    const { folders, scripts } = await findFolders(run);
    // One session at a time: a full server has none to spare.
    await run.use(postgresWorkloads).catch(() => []);
    const found: MigrationState[] = [];
    for (const suspect of suspects)
      for (const folder of near(folders, suspect.complaint.state.service.folder).slice(0, MAX_FOLDERS)) {
        const state = await compare(suspect, folder, scripts, run);
        if (state) found.push(state);
      }
    return found;
  },
});

/** In a workspace of several projects each has its own; another one's say nothing of this service. */
function near(folders: readonly MigrationFolder[], service: string): readonly MigrationFolder[] {
  const inside = folders.filter(({ folder }) => service !== '' && folder.startsWith(`${service}/`));
  return inside.length > 0 ? inside : folders;
}

async function findFolders({ systems, workspace, signal, use }: Observation): Promise<{
  folders: MigrationFolder[];
  scripts: AlembicScript[];
}> {
  const [{ files }, source] = await Promise.all([use(listing), use(sourceFacts)]);
  const read = (file: string): Promise<string | undefined> =>
    systems.files.readText(path.join(workspace, file), { signal });
  const manifests = source.files.filter((file) => path.posix.basename(file) === 'package.json');
  const packages = new Set(
    manifests.flatMap((file) =>
      [...(source.textOf(file) ?? '').matchAll(/"((?:@[\w.-]+\/)?[\w.-]+)"\s*:\s*"/g)].map(
        ([, name]) => name as string,
      ),
    ),
  );
  const folders = migrationFolders(files, packages);
  const scripts: AlembicScript[] = [];
  for (const file of files.filter(isAlembicScript).slice(0, MAX_SCRIPTS)) {
    const text = await read(file);
    const script = text === undefined ? undefined : parseAlembic(file, text);
    if (script) scripts.push(script);
  }
  const [first] = scripts;
  if (first) folders.push({ tool: 'alembic', folder: path.posix.dirname(first.file), migrations: scripts });
  for (const file of files.filter(isDrizzleJournal).slice(0, MAX_FOLDERS)) {
    const migrations = parseDrizzle(file, (await read(file)) ?? '');
    if (migrations.length > 0)
      folders.push({ tool: 'drizzle', folder: path.posix.dirname(path.posix.dirname(file)), migrations });
  }
  return { folders, scripts };
}

async function compare(
  { probe, complaint }: { probe: EndpointProbe; complaint: Complaint },
  folder: MigrationFolder,
  scripts: readonly AlembicScript[],
  { systems, workspace, signal }: Observation,
): Promise<MigrationState | undefined> {
  const { endpoint, connection } = probe;
  const open = openPostgres(probe);
  if (!open || !connection) return undefined;
  const { host, port, user, password, database, sslMode } = endpoint;
  const applied = await systems.postgres.migrations(
    {
      ...{ address: connection.address, host, port, password, sslMode },
      ...{ user: user ?? 'postgres', database: database ?? user ?? 'postgres' },
    },
    { tool: folder.tool, tls: open.answer.tls, timeoutMs: ASK_MS, signal },
  );
  const pending =
    applied.kind === 'withheld' ? [] : pendingOf(folder, applied.kind === 'applied' ? applied.names : [], scripts);
  const texts = await Promise.all(
    pending.map(async (migration, index) => ({
      ...migration,
      text:
        index < MAX_READ ? await systems.files.readText(path.join(workspace, migration.file), { signal }) : undefined,
    })),
  );
  return { probe, complaint, folder, applied, pending: texts };
}
