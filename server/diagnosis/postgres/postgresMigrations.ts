import path from 'node:path';
import type { Evidence, Fix } from '../../protocol/diagnosis.ts';
import type { MigrationTool } from '../../systems/postgres/postgres.ts';
import { type Judgement, proved, refuted, unknown } from '../cause.ts';
import { addressOf, endpointEvidence } from '../endpointText.ts';
import { clip, logEvidence } from '../evidence.ts';
import type { MigrationState } from '../observers/migrationStates.ts';
import type { SourceFacts } from '../source/sourceFacts.ts';
import { databaseOf, postgresFact } from './postgresText.ts';

/** What the error says is missing: a relation, a column, a type. */
const MISSING =
  /(?:relation|column|table|type) ["'`]?([\w.]{1,200})["'`]?(?: of relation "([^"]{1,100})")? does not exist/i;
/** Commands that apply what is pending and ask nothing; not those that may reset the database. */
const APPLY: Readonly<Record<MigrationTool, RegExp>> = {
  prisma: /\bprisma migrate deploy\b/,
  knex: /\bknex\b.{0,80}\bmigrate:latest\b/,
  sequelize: /\bsequelize(?:-cli)?\b.{0,80}\bdb:migrate(?![:\w])/,
  'node-pg-migrate': /\bnode-pg-migrate\b.{0,80}\bup\b/,
  drizzle: /\bdrizzle-kit migrate\b/,
  alembic: /\balembic\b.{0,80}\bupgrade heads?\b/,
  django: /\bmanage\.py migrate\b/,
  flyway: /\bflyway\b.{0,80}\bmigrate\b/,
  'golang-migrate': /\bmigrate\b.{0,200}\bup\b/,
  rails: /\bdb:migrate(?![:\w])/,
};

export function judgePostgresMigrations(state: MigrationState, source: SourceFacts): Judgement {
  const { probe, complaint, folder, applied, pending } = state;
  const target = probe.endpoint.name;
  const place = `${databaseOf(probe)} at ${addressOf(probe.endpoint)}`;
  const log = logEvidence(complaint.entry);
  if (applied.kind === 'withheld')
    return unknown({
      target,
      because: `what ${folder.tool} has applied to ${place} cannot be read: ${applied.because}`,
      next: `compare ${folder.folder} with the table in which ${folder.tool} notes its migrations`,
    });
  const count = folder.migrations.length;
  const noted = postgresFact(
    probe,
    `migrations of ${folder.tool}`,
    applied.kind === 'noTable'
      ? `the table ${applied.table} does not exist`
      : `${applied.names.length} applied${applied.failed.length > 0 ? `; not ended: ${applied.failed.join(', ')}` : ''}`,
  );
  const failed = applied.kind === 'applied' ? applied.failed : [];
  if (failed.length > 0)
    return proved({
      target,
      summary: `The migration ${failed[0]} of ${folder.folder} failed half-way on ${place}, and ${folder.tool} applies none after it`,
      evidence: [noted, log, endpointEvidence(probe)],
      advice: {
        first: `Mend what it left behind, tell ${folder.tool} that it is resolved, then apply the migrations.`,
      },
    });
  if (pending.length === 0)
    return refuted({
      target,
      because: `all ${count} migrations of ${folder.folder} are applied to ${place}`,
      evidence: [noted, log],
    });
  const makes = makerOf(state);
  if (applied.kind === 'noTable' && !makes)
    return unknown({
      target,
      because: `${folder.tool} has noted nothing in ${place} (there is no table ${applied.table}), and no migration of ${folder.folder} names what is missing`,
      next: `make sure that ${folder.folder} is meant for this database`,
    });
  const names = pending.map(({ file }) => nameOf(file));
  const list = names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} … ${names.at(-1)}`;
  return proved({
    target,
    // What is missing need not be what they would make.
    confidence: makes ? 'proved' : 'likely',
    summary: `${pending.length} of ${count} migrations of ${folder.folder} ${pending.length === 1 ? 'is' : 'are'} not applied to ${place}: ${list}`,
    evidence: [
      noted,
      log,
      ...(makes
        ? [makes]
        : pending.slice(0, 3).map(({ file }): Evidence => ({ kind: 'file', source: file, text: 'not applied' }))),
      endpointEvidence(probe),
    ],
    fixes: applyFix(folder.tool, source),
  });
}

/** The line of a pending migration that names what the service misses. */
function makerOf({ complaint, pending }: MigrationState): Evidence | undefined {
  const text = complaint.entry.record.text.slice(0, 4_000);
  const [, what, of] = MISSING.exec(text) ?? [];
  const name = what?.split('.').at(-1);
  if (name === undefined) return undefined;
  const pattern = new RegExp(String.raw`(?<![\w$])${name.replace(/\$/g, String.raw`\$`)}(?![\w$])`, 'i');
  for (const { file, text: migration } of pending) {
    const lines = (migration ?? '').split('\n');
    const line = lines.findIndex((each) => pattern.test(each));
    if (line === -1 || (of !== undefined && !migration?.includes(of))) continue;
    return { kind: 'file', source: `${file}:${line + 1}`, text: clip(lines[line] as string) };
  }
  return undefined;
}

function nameOf(file: string): string {
  const base = path.posix.basename(file);
  return base === 'migration.sql' ? path.posix.basename(path.posix.dirname(file)) : base;
}

/** A script of the project's own that applies migrations, when there is exactly one. */
function applyFix(tool: MigrationTool, source: SourceFacts): Fix[] {
  const found = source.files
    .filter((file) => path.posix.basename(file) === 'package.json')
    .flatMap((file) => scriptsIn(source.textOf(file) ?? '').map((script) => ({ ...script, file })))
    .filter(
      ({ name, command }) => APPLY[tool].test(command) && !/[;|]/.test(command) && !/^(?:pre|post|test)/.test(name),
    );
  const [only] = found;
  if (!only || found.length > 1) return [];
  const folder = path.posix.dirname(only.file);
  return [
    {
      title: `Apply the migrations: npm run ${only.name}`,
      risk: 'execute',
      changes: [{ kind: 'command', argv: ['npm', 'run', only.name], ...(folder === '.' ? {} : { cwd: folder }) }],
      undo: false,
      verify: 'Every migration is applied, and what the service missed is there.',
    },
  ];
}

function scriptsIn(text: string): { name: string; command: string }[] {
  try {
    const { scripts } = JSON.parse(text) as { scripts?: Record<string, unknown> };
    return Object.entries(scripts ?? {}).flatMap(([name, command]) =>
      typeof command === 'string' && /^[\w:.-]{1,80}$/.test(name) ? [{ name, command }] : [],
    );
  } catch {
    // Not JSON: then it has no scripts that npm would run.
    return [];
  }
}
