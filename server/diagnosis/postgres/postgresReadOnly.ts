import { proved, refuted } from '../cause.ts';
import { complaintOf } from '../endpointComplaint.ts';
import { addressOf, endpointEvidence } from '../endpointText.ts';
import { logEvidence } from '../evidence.ts';
import { type JudgePostgres, openPostgres, postgresFact, serverName, untold } from './postgresText.ts';

const SAYS_READ_ONLY =
  /cannot execute [\w ]{2,60} (?:in a read-only transaction|during recovery)|\b25006\b|read_only_sql_transaction|ReadOnlySqlTransaction/i;

/** Where PostgreSQL says that a setting comes from, and what gave it to it. */
const SOURCES: Readonly<Record<string, string>> = {
  database: 'by ALTER DATABASE',
  user: 'by ALTER ROLE',
  'database user': 'by ALTER ROLE … IN DATABASE',
  'configuration file': 'in postgresql.conf',
  'command line': 'on the command line of the server',
};

export const judgePostgresReadOnly: JudgePostgres = (probe, states) => {
  const { endpoint } = probe;
  const open = openPostgres(probe);
  const complaint = complaintOf(endpoint, states, SAYS_READ_ONLY);
  if (!open || !complaint) return [];
  const { facts } = open;
  if (!facts) return [untold(probe, 'whether it takes writes')];
  const target = endpoint.name;
  const log = logEvidence(complaint.entry);
  const { inRecovery, readOnlyBy, role } = facts;
  const evidence = [
    postgresFact(probe, 'pg_is_in_recovery()', String(inRecovery)),
    postgresFact(
      probe,
      'pg_settings',
      `default_transaction_read_only is ${readOnlyBy === undefined ? 'off' : `on (source: ${readOnlyBy})`}`,
    ),
  ];
  if (inRecovery)
    return [
      proved({
        target,
        summary: `${serverName(probe)} is a standby in recovery and takes no writes of ${complaint.state.service.name}`,
        evidence: [evidence[0] as (typeof evidence)[0], endpointEvidence(probe), log],
        advice: {
          first:
            'Point the service at the primary; promote this server only when the primary is gone for good, else there are two.',
        },
      }),
    ];
  if (readOnlyBy === undefined)
    return [
      refuted({
        target,
        because: `${addressOf(endpoint)} takes writes of ${role}: a transaction is read-only only where the service asks for that`,
        evidence: [...evidence, log],
      }),
    ];
  return [
    proved({
      target,
      summary: `${serverName(probe)} makes every transaction of ${role} read-only: default_transaction_read_only is on, set ${SOURCES[readOnlyBy] ?? `by "${readOnlyBy}"`}`,
      evidence: [evidence[1] as (typeof evidence)[0], endpointEvidence(probe), log],
    }),
  ];
};
