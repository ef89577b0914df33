import type { Evidence } from '../protocol/diagnosis.ts';
import { type Judgement, proved, refuted, unknown } from './cause.ts';
import { addressOf } from './endpointText.ts';
import { logEvidence } from './evidence.ts';
import type { DatabaseDamage } from './observers/databaseDamage.ts';

/** What servers add to `database.corrupt`: they read their own pages, and tell what they found. */
export function judgeDatabaseDamage(found: DatabaseDamage): Judgement {
  return found.engine === 'postgres' ? judgePostgres(found) : judgeMysql(found);
}

function judgePostgres({ endpoint, entry, file, damage }: Extract<DatabaseDamage, { engine: 'postgres' }>): Judgement {
  const target = endpoint.name;
  const log = logEvidence(entry);
  const address = addressOf(endpoint);
  if (!damage)
    return unknown({
      target,
      because: `${address} does not tell what it knows of damaged pages`,
      next: 'pg_amcheck, as an administrator; and keep a copy of the data folder before anything is repaired',
    });
  const { checksumFailures, lastFailure, relation } = damage;
  const counted =
    checksumFailures === undefined
      ? 'the server keeps no checksums'
      : `${checksumFailures} checksum failures${lastFailure ? `, the last at ${lastFailure.toISOString()}` : ''}`;
  const fact: Evidence = {
    kind: 'database',
    source: `postgres://${address}`,
    text: `${counted}${file === undefined ? '' : `; file ${file} is ${relation ?? 'of no relation any more'}`}`,
  };
  // VACUUM FULL, REINDEX and a restored table write new files.
  if (file !== undefined && relation === undefined && !checksumFailures)
    return refuted({
      target,
      because: `file ${file} belongs to nothing any more: it was rebuilt or dropped`,
      evidence: [fact, log],
    });
  return proved({
    target,
    confidence: checksumFailures ? 'proved' : 'likely',
    summary: `PostgreSQL at ${address} cannot read pages${relation === undefined ? '' : ` of ${relation}`}: ${checksumFailures ? counted : 'their content is damaged, by its own error'}`,
    evidence: [fact, log],
    advice: {
      sure: 'The server verifies each page that it reads, and counts those whose content is not what was written.',
      first:
        'Stop writing, copy the data folder, and restore the last backup. If the relation is an index, REINDEX is enough; look at the disk, too.',
    },
  });
}

function judgeMysql({ endpoint, entry, table, damaged }: Extract<DatabaseDamage, { engine: 'mysql' }>): Judgement {
  const target = endpoint.name;
  const log = logEvidence(entry);
  const address = addressOf(endpoint);
  const next = `CHECK TABLE ${table ?? '…'}, as an administrator`;
  if (!damaged) return unknown({ target, because: `${address} does not tell which tables it cannot open`, next });
  const source = `information_schema.TABLES at ${address}`;
  const [first] = damaged.filter(({ name }) => table === undefined || name === table);
  if (!first)
    return refuted({
      target,
      because: `${address} opens ${table ?? 'every table'} now`,
      evidence: [{ kind: 'database', source, text: 'no table that cannot be opened' }, log],
    });
  return proved({
    target,
    summary: `MySQL at ${address} cannot open the table ${first.name}: ${first.because}`,
    evidence: [
      ...damaged.map(({ name, because }) => ({ kind: 'database' as const, source, text: `${name}: ${because}` })),
      log,
    ],
    advice: {
      sure: 'The server itself cannot open the table, asked again now.',
      first: 'Copy the data folder, then REPAIR TABLE (MyISAM, Aria), or restore the last backup.',
    },
  });
}
